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
                if let container = container(servedBy: pid) { return container }
                let name = (try? FileIO.readText(path: "/proc/\(pid)/comm"))?.split(separator: "\n").first
                return "process \(pid)" + (name.map { " (\($0))" } ?? "")
            }
        }
        return nil
    }

    /// The container whose connections a program carries, which without root are the program's own.
    ///
    /// The container's directory is in the command line of `pasta`, or in that of the monitor that has started another
    /// such program.
    static func container(servedBy pid: String) -> String? {
        var directory: String?
        let words = arguments(pid)
        if let place = words.firstIndex(of: "--pid"), place + 1 < words.count {
            directory = words[place + 1].lastIndex(of: "/").map { String(words[place + 1][..<$0]) }
        } else if let parent = parent(pid) {
            let words = arguments(parent)
            if words.count > 2, words[1] == ContainerMonitor.flag { directory = words[2] }
        }
        // Any other program may have such words: then there is no record.
        guard let directory, let record = try? ContainerDirectory(path: directory).record() else { return nil }
        return "container `\(record.name)`"
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
