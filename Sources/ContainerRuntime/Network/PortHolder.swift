internal import Glibc
internal import LinuxKernel

/// Finds out who has a port of the host's, for the message that refuses it.
enum PortHolder {
    /// Who has it, as `container \`name\`` or `process 123 (nginx)`; nil when that cannot be told.
    static func find(_ publication: PortPublication) -> String? {
        let network = BridgeNetwork()
        for bridge in network.leasedBridges() {
            var configuration = network.configuration
            configuration.bridge = bridge
            let holder = BridgeNetwork(configuration).leases().first { lease in
                lease.owner.isAlive && lease.ports.contains { holds($0, publication) }
            }
            if let holder { return "container `\(holder.names.first ?? String(holder.container.prefix(12)))`" }
        }
        let name = publication.transport.rawValue
        // Those of SCTP are listed in another form.
        guard publication.transport != .sctp else { return nil }
        let inodes = Set(
            ["/proc/thread-self/net/\(name)", "/proc/thread-self/net/\(name)6"].flatMap {
                sockets(in: (try? FileIO.readText(path: $0)) ?? "", port: publication.hostPort, name == "tcp")
            }
        )
        return inodes.isEmpty ? nil : process(holding: inodes)
    }

    private static func holds(_ port: PortPublication, _ other: PortPublication) -> Bool {
        port.hostPort == other.hostPort && port.transport == other.transport
    }

    /// The inodes of the sockets that are bound to a port: of TCP those that listen, state 0A.
    static func sockets(in text: String, port: UInt16, _ listening: Bool) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, !listening || fields[3] == "0A",
                let local = fields[1].split(separator: ":").last, UInt16(local, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }

    private static func process(holding inodes: Set<String>) -> String? {
        for pid in names("/proc") where Int32(pid) != nil {
            for descriptor in names("/proc/\(pid)/fd") {
                guard let link = try? FileIO.readLink(path: "/proc/\(pid)/fd/\(descriptor)"), inodes.contains(link)
                else { continue }
                if pid == "\(getpid())" { return "another `-p` of this container" }
                if let container = container(servedBy: pid) { return container }
                let name = (try? FileIO.readText(path: "/proc/\(pid)/comm"))?.split(separator: "\n").first
                return "process \(pid)" + (name.map { " (\($0))" } ?? "")
            }
        }
        return nil
    }

    /// The container that a process looks after, or whose connections it carries: without root they are the process's own.
    ///
    /// The container's directory is in the command line of its monitor and of `pasta`; other such programs, and the
    /// container's own in the host's network, have been started by the monitor.
    static func container(servedBy pid: String) -> String? {
        for process in [pid, parent(pid)].compactMap({ $0 }) {
            // Any other program may have such words: then there is no record.
            guard let directory = directory(in: arguments(process)),
                let record = try? ContainerDirectory(path: directory).record()
            else { continue }
            return "container `\(record.name)`"
        }
        return nil
    }

    private static func directory(in words: [String]) -> String? {
        if words.count > 2, words[1] == ContainerMonitor.flag { return words[2] }
        guard let place = words.firstIndex(of: "--pid"), place + 1 < words.count else { return nil }
        return words[place + 1].lastIndex(of: "/").map { String(words[place + 1][..<$0]) }
    }

    private static func arguments(_ pid: String) -> [String] {
        ((try? FileIO.readText(path: "/proc/\(pid)/cmdline")) ?? "").split(separator: "\0").map(String.init)
    }

    private static func parent(_ pid: String) -> String? {
        // The fields behind the name, which may hold anything: state, parent.
        let fields = (try? FileIO.readText(path: "/proc/\(pid)/stat"))?.split(separator: ")").last?.split(
            separator: " "
        )
        return fields.flatMap { $0.count > 1 ? String($0[1]) : nil }
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = try? OwnedFD.open(path, O_RDONLY | O_DIRECTORY) else { return [] }
        return (try? DirectoryWalker.names(in: directory)) ?? []
    }
}
