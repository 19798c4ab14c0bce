internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Carries what arrives at published ports of the host to a container.
///
/// It is one thread of the process that looks after the container and needs no rules in the packet filter, so it serves
/// the host's loopback addresses, other containers and other hosts alike, whatever firewall is in force, and it ends
/// with that process. The price: the container sees the bridge's address as its peer, not the client's.
///
///     client ── listening socket of the host ── relay thread ── container's address and port
///
/// The ports are taken when the relay is made, before the container starts, so that a taken one is refused then.
public struct PortRelay: ~Copyable {
    /// The publications with the numbers of the ports that were really taken.
    public let ports: [PortPublication]
    private let listeners: [RelayListener]
    private let stop: OwnedFD
    private let stopped: OwnedFD
    private var thread: pthread_t?

    /// Takes the ports: without an address on all of IPv4 and, where the host has it, of IPv6.
    public init(_ publications: [PortPublication]) throws(NetworkError) {
        let ends: PipeEnds
        do throws(SyscallError) { ends = try OwnedFD.pipe() } catch { throw .system(error) }
        var listeners: [RelayListener] = []
        var ports: [PortPublication] = []
        for publication in publications {
            do {
                let taken = try RelayListener.open(publication)
                listeners += taken
                ports.append(taken.first.map { publication.taken(at: $0.port) } ?? publication)
            } catch {
                for listener in listeners { close(listener.descriptor) }
                throw error
            }
        }
        self.ports = ports
        self.listeners = listeners
        stopped = ends.read
        stop = ends.write
    }

    /// Begins to carry to a container; connections that came before have waited.
    ///
    /// The thread lives where the container's bridge is, so that its connections begin there. The ports are the host's.
    public mutating func start(to attachment: NetworkAttachment) throws(NetworkError) {
        guard thread == nil, !listeners.isEmpty else { return }
        let work = Unmanaged.passRetained(
            RelayWork(
                listeners: listeners,
                stop: stopped.raw,
                target: attachment.address,
                namespace: try BridgeHome.standard.namespaceInUse()?.release() ?? -1
            )
        )
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<RelayWork>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            work.toOpaque()
        )
        guard result == 0 else {
            work.release()
            throw .system(SyscallError("start a thread", errno: Errno(rawValue: result)))
        }
        self.thread = thread
    }

    /// Cuts all connections, but keeps the ports, for the time between two runs of a container.
    public mutating func pause() {
        guard let thread else { return }
        var byte: UInt8 = 1
        _ = write(stop.raw, &byte, 1)
        pthread_join(thread, nil)
        _ = read(stopped.raw, &byte, 1)
        self.thread = nil
    }

    /// Cuts all connections and gives the ports back.
    public consuming func finish() {
        pause()
        for listener in listeners { close(listener.descriptor) }
    }
}
