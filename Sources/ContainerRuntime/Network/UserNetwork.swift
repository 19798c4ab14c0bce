internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The network of a container without root: `pasta` carries its connections as connections of the user's own.
///
/// The container has the host's addresses and routes. Nothing of the host's loopback can be reached from it, and nothing
/// reaches it but by published ports. The kernel ends `pasta` with the thread that started it, as it does the container.
public final class UserNetwork {
    /// The published ports, with the numbers that are taken.
    public let ports: [PortPublication]
    private let directory: String
    private var process: ProcessDescriptor?
    private static let program = "pasta"

    /// Why there can be no such network here, in a few words; nil where there can.
    public static var obstacle: String? {
        if MapHelper.find(program) == nil { return "`\(program)` is not installed" }
        return access("/dev/net/tun", R_OK | W_OK) == 0 ? nil : "`/dev/net/tun` cannot be opened"
    }

    /// Prepares a network.
    ///
    /// - Parameters:
    ///   - ports: what leads into it.
    ///   - directory: a directory for the time of the start.
    /// - Throws: ``UserNetworkError``.
    public init(ports: [PortPublication], directory: String) throws(UserNetworkError) {
        self.directory = directory
        var ports = ports
        for index in ports.indices where ports[index].hostPort == 0 {
            do { ports[index].hostPort = try Self.freePort(ports[index]) } catch { throw .system(error) }
        }
        self.ports = ports
    }

    /// Connects the network namespace of a process, and returns when packets flow.
    public func connect(_ pid: Int32) throws(UserNetworkError) {
        guard let path = MapHelper.find(Self.program) else { throw .programMissing(Self.program) }
        let ready = directory + "/\(Self.program).pid"
        let log = directory + "/\(Self.program).log"
        defer { for file in [ready, log] { unlink(file) } }
        do throws(SyscallError) {
            let started = try Self.start(path, Self.arguments(ports, ready: ready), namespaceOf: pid, log: log)
            // It writes its number when everything stands.
            while try !Self.hasContent(ready) {
                guard try started.waitForEnd(milliseconds: 2) else { continue }
                _ = try started.wait()
                throw SyscallError(Self.program, try FileIO.readText(path: log), errno: .connectionRefused)
            }
            process = .some(started)
        } catch {
            if error.action == Self.program { throw .failed(Self.lastWords(error.subject ?? "")) }
            throw .system(error)
        }
    }

    /// Ends the network; nothing happens where there is none.
    public func finish() {
        guard let process = process.take() else { return }
        // It may have ended by itself; in any case it is a child to be collected.
        try? process.signal(SIGKILL)
        _ = try? process.wait()
    }

    private static func hasContent(_ path: String) throws(SyscallError) -> Bool {
        guard access(path, F_OK) == 0 else { return false }
        return try !FileIO.readText(path: path).isEmpty
    }

    /// The command line.
    static func arguments(_ ports: [PortPublication], ready: String) -> [String] {
        var words = [
            "--config-net", "--foreground", "--stderr", "--quiet", "--pid", ready,
            // The user is root in a namespace of their own, and gives up what rights it can by itself.
            "--runas", "0", "--netns-only", "--netns", "/proc/self/fd/\(Place.namespace)",
            // Connections to the gateway would arrive at the host's loopback.
            "--no-map-gw", "-T", "none", "-U", "none",
        ]
        for (option, transport) in [("-t", PortPublication.Transport.tcp), ("-u", .udp)] {
            let published = ports.filter { $0.transport == transport }
            if published.isEmpty { words += [option, "none"] }
            for port in published {
                let address = port.hostAddress.isEmpty ? "" : port.hostAddress + "/"
                words += [option, "\(address)\(port.hostPort):\(port.containerPort)"]
            }
        }
        return words
    }

    private enum Place {
        static let namespace: Int32 = 3
    }

    private static func start(
        _ path: String,
        _ arguments: [String],
        namespaceOf pid: Int32,
        log: String
    ) throws(SyscallError) -> ProcessDescriptor {
        let executable = try OwnedFD.open(path, O_RDONLY)
        let null = try OwnedFD.open("/dev/null", O_RDWR)
        // By descriptor: the program has fewer rights than the container and could not open it.
        let namespace = try OwnedFD.open("/proc/\(pid)/ns/net", O_RDONLY)
        let output = try OwnedFD.open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        var spawn = ProcessSpawn(
            program: executable.raw,
            name: program,
            files: [null.raw, output.raw, output.raw, namespace.raw],
            failureFile: 0
        )
        spawn.arguments = arguments
        spawn.deathSignal = SIGKILL
        let started = try spawn.start(action: "start `\(program)`")
        withExtendedLifetime(executable) {}
        return started.descriptor
    }

    /// A port that nobody listens on now.
    private static func freePort(_ port: PortPublication) throws(SyscallError) -> UInt16 {
        let kind = port.transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let socket = OwnedFD(adopting: try check("make a socket") { Glibc.socket(AF_INET, Int32(kind.rawValue), 0) })
        let raw = socket.raw
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { (pointer) throws(SyscallError) in
            let plain = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            try check("find a free port") { bind(raw, plain, length) }
            try check("find a free port") { getsockname(raw, plain, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// The last line of a log, which names the cause.
    static func lastWords(_ log: String) -> String {
        log.split(separator: "\n").last { !$0.hasPrefix("Failed to send") }.map(String.init)
            ?? "it ended without a word"
    }
}
