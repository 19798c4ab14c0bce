internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The network of a container without root: a program carries its connections as connections of the user's own.
///
/// With `pasta` the container has the host's addresses and routes; where it is not installed, `slirp4netns` gives it a
/// private network. Nothing of the host's loopback can be reached from it, and nothing reaches it but by published ports.
/// The kernel ends the program with the thread that started it, as it does the container.
public final class UserNetwork {
    /// The published ports, with the numbers that are taken.
    public let ports: [PortPublication]
    private let directory: String
    private var process: ProcessDescriptor?

    /// The programs that can do it, best first.
    enum Helper: String, CaseIterable {
        case pasta
        case slirp4netns
    }

    private static var helper: (kind: Helper, path: String)? {
        for kind in Helper.allCases {
            if let path = MapHelper.find(kind.rawValue) { return (kind, path) }
        }
        return nil
    }

    /// Why there can be no such network here, in a few words; nil where there can.
    public static var obstacle: String? {
        if helper == nil { return "neither `pasta` nor `slirp4netns` is installed" }
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
        do { self.ports = try Self.free(ports) } catch { throw .port(error) }
    }

    /// Connects the network namespace of a process, and returns when packets flow.
    public func connect(_ pid: Int32) throws(UserNetworkError) {
        let namespace: OwnedFD
        do { namespace = try OwnedFD.open("/proc/\(pid)/ns/net", O_RDONLY) } catch { throw .system(error) }
        try connect(namespace: namespace)
    }

    /// The same for a network namespace that is open.
    func connect(namespace: borrowing OwnedFD) throws(UserNetworkError) {
        guard let (kind, path) = Self.helper else { throw .impossible(Self.obstacle ?? "nothing is installed") }
        let name = kind.rawValue
        let ready = directory + "/\(name).pid"
        let log = directory + "/\(name).log"
        defer { for file in [ready, log, directory + "/" + Self.controlName] { unlink(file) } }
        do throws(SyscallError) {
            let words =
                kind == .pasta ? Self.arguments(ports, ready: ready, isOffline: Self.isOffline) : Self.slirpArguments
            let files =
                kind == .pasta ? [] : [try Self.readyFile(ready).release(), try Self.place(directory).release()]
            defer { for file in files { close(file) } }
            let started = try Self.start(path, name, words, namespace: namespace, log: log, files: files)
            // It writes a number when everything stands.
            while try !Self.hasContent(ready) {
                guard try started.waitForEnd(milliseconds: 2) else { continue }
                _ = try started.wait()
                throw SyscallError(name, try FileIO.readText(path: log), errno: .connectionRefused)
            }
            process = .some(started)
        } catch {
            if error.action == name { throw .failed(program: name, Self.lastWords(error.subject ?? "")) }
            throw .system(error)
        }
        guard kind == .slirp4netns else { return }
        do {
            try publishBySlirp(in: directory)
        } catch {
            finish()
            throw error
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

    /// Whether this process's network, which is the host's, leads nowhere.
    private static var isOffline: Bool {
        // What cannot be read leads nowhere.
        let text = (try? FileIO.readText(path: "/proc/self/net/route")) ?? ""
        let text6 = (try? FileIO.readText(path: "/proc/self/net/ipv6_route")) ?? ""
        return HostRoutes(text).wayOut == nil && !HostRoutes.leadsOut(ipv6: text6)
    }

    /// What pasta is told where there is no interface whose addresses it could take over: slirp4netns's addresses.
    ///
    /// Ports are published as ever, and a way out that comes later is taken.
    private static let offline = [
        "--interface", "lo", "--ns-ifname", "eth0", "--address", "10.0.2.100", "--netmask", "24", "--gateway",
        "10.0.2.2",
        "--mac-addr", "02:00:0a:00:02:02",
    ]

    /// The command line.
    static func arguments(_ ports: [PortPublication], ready: String, isOffline: Bool = false) -> [String] {
        var words = [
            "--config-net", "--foreground", "--stderr", "--quiet", "--pid", ready,
            // The user is root in a namespace of their own, and gives up what rights it can by itself.
            "--runas", "0", "--netns-only", "--netns", "/proc/self/fd/\(Place.namespace)",
            // Connections to the gateway would arrive at the host's loopback.
            "--no-map-gw", "-T", "none", "-U", "none",
        ]
        if isOffline { words += offline }
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
        _ name: String,
        _ arguments: [String],
        namespace: borrowing OwnedFD,
        log: String,
        files: [Int32]
    ) throws(SyscallError) -> ProcessDescriptor {
        let executable = try OwnedFD.open(path, O_RDONLY)
        let null = try OwnedFD.open("/dev/null", O_RDWR)
        let output = try OwnedFD.open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o600)
        // The namespace by descriptor: the program has fewer rights than the container and could not open it.
        var spawn = ProcessSpawn(
            program: executable.raw,
            name: name,
            files: [null.raw, output.raw, output.raw, namespace.raw] + files,
            failureFile: 0
        )
        spawn.arguments = arguments
        spawn.deathSignal = SIGKILL
        let started = try spawn.start(action: "start `\(name)`")
        withExtendedLifetime(executable) {}
        return started.descriptor
    }

    /// The ports with numbers that nobody has now; a taken one is refused here, where it can be said who has it.
    private static func free(_ ports: [PortPublication]) throws(NetworkError) -> [PortPublication] {
        var listeners: [RelayListener] = []
        // Until all are chosen, so that no number is chosen twice.
        defer { for listener in listeners { close(listener.descriptor) } }
        var ports = ports
        for index in ports.indices {
            let taken = try RelayListener.open(ports[index])
            listeners += taken
            if let number = taken.first?.port { ports[index] = ports[index].taken(at: number) }
        }
        return ports
    }

    /// The last line of a log, which names the cause.
    static func lastWords(_ log: String) -> String {
        log.split(separator: "\n").last { !$0.hasPrefix("Failed to send") }.map(String.init)
            ?? "it ended without a word"
    }
}
