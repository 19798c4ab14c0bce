internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Answers a container's questions for names.
///
///     program ── 127.0.0.11:53 ── nf_tables inside the container ── sockets inside, thread outside ┬─ names: leases
///                                                                                                  └─ the rest: the host's servers
///
/// It is a thread of the process that looks after the container, so there is nothing to install and nothing that could
/// outlive the container. Names come from the leases of the container's networks, read anew for each question: who joins
/// or leaves is known or forgotten at once, and who was killed does not count since its supervisor is gone with it.
/// Other questions go out from the host's own network, so that a resolver on the host's loopback is reached as well.
public final class NameServer {
    /// The address that containers ask; docker's, which programs have come to expect.
    public static let address = "127.0.0.11"

    private let sockets: NameSockets
    private let stop: OwnedFD
    private let thread: pthread_t

    /// Opens the sockets in a process's network and begins to answer.
    init(pid: Int32, source: NameSource) throws(SyscallError) {
        let sockets = try NameSockets.open(in: pid)
        do throws(SyscallError) {
            let ends = try OwnedFD.pipe()
            let work = NameServerWork(source, sockets: sockets, stop: try ends.read.duplicate().release())
            thread = try Self.run(work)
            stop = try ends.write.duplicate()
        } catch {
            sockets.close()
            throw error
        }
        self.sockets = sockets
    }

    /// Ends the thread and closes its sockets.
    func finish() {
        var byte: UInt8 = 1
        _ = write(stop.raw, &byte, 1)
        pthread_join(thread, nil)
        sockets.close()
    }

    private static func run(_ work: NameServerWork) throws(SyscallError) -> pthread_t {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(work)
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<NameServerWork>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            retained.toOpaque()
        )
        if result != 0 {
            retained.release()
            throw SyscallError("start a thread", errno: Errno(rawValue: result))
        }
        return thread
    }
}

/// The sockets of a name server, inside the container's network.
struct NameSockets: Sendable {
    let datagrams: Int32
    let streams: Int32

    /// Opens them on ports of the kernel's choice, and leads port 53 of ``NameServer/address`` there.
    ///
    /// Port 53 itself stays free: a container may well run a name server of its own.
    static func open(in pid: Int32) throws(SyscallError) -> NameSockets {
        var sockets = NameSockets(datagrams: -1, streams: -1)
        var failure: SyscallError?
        try NetworkNamespace.enter(pid) {
            do throws(SyscallError) { sockets = try open() } catch { failure = error }
        }
        if let failure { throw failure }
        return sockets
    }

    private static func open() throws(SyscallError) -> NameSockets {
        guard let address = SocketAddress(NameServer.address, port: 0) else {
            throw SyscallError("listen", errno: .invalidArgument)
        }
        var opened: [Int32] = []
        do throws(SyscallError) {
            for kind in [SOCK_DGRAM, SOCK_STREAM] {
                let flags = Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                let file = try check("open a socket") { socket(AF_INET, flags, 0) }
                opened.append(file)
                try check("listen") { address.withPointer { bind(file, $0, $1) } }
            }
            let listener = opened[1]
            try check("listen") { listen(listener, 64) }
            var filter = try NetlinkSocket(.netfilter)
            let ports = opened.map { SocketAddress.local(of: $0)?.port ?? 0 }
            try filter.commit(NameFilter.make(datagrams: ports[0], streams: ports[1]))
        } catch {
            for file in opened { Glibc.close(file) }
            throw error
        }
        return NameSockets(datagrams: opened[0], streams: opened[1])
    }

    func close() {
        Glibc.close(datagrams)
        Glibc.close(streams)
    }
}

/// The table of nf_tables inside a container that leads questions to the sockets.
enum NameFilter {
    private static let table = "llmbox-names"

    static func make(datagrams: UInt16, streams: UInt16) -> [NetlinkMessage] {
        let server = IPv4Address(NameServer.address)?.bytes ?? []
        let elements = [(UInt8(17), datagrams), (6, streams)].map { transport, port in
            (
                key: [transport, 0, 0, 0] + NetlinkMessage.network(UInt16(53)) + [0, 0],
                value: server + NetlinkMessage.network(port) + [0, 0]
            )
        }
        let rule =
            PacketFilterExpressions.isFamily(.ipv4)
            + PacketFilterExpressions.destination(.ipv4, in: server, mask: [255, 255, 255, 255])
            + PacketFilterExpressions.translate(.ipv4, by: "ports")
        return PacketFilterMessages.transaction([
            PacketFilterMessages.makeTable(table),
            PacketFilterMessages.makeMap(
                "ports",
                in: table,
                id: 1,
                key: (type: 12 << 6 | 13, length: 8),
                value: (type: 7 << 6 | 13, length: 8)
            ),
            PacketFilterMessages.makeChain("output", in: table, type: "nat", at: .output, priority: -100),
            PacketFilterMessages.changeMap("ports", in: table, adding: true, elements),
            PacketFilterMessages.addRule(rule, to: "output", in: table),
        ])
    }
}
