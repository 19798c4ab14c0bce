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
                let name = (try? FileIO.readText(path: "/proc/\(pid)/comm"))?.split(separator: "\n").first
                return "process \(pid)" + (name.map { " (\($0))" } ?? "")
            }
        }
        return nil
    }

    private static func names(_ path: String) -> [String] {
        guard let directory = try? OwnedFD.open(path, O_RDONLY | O_DIRECTORY) else { return [] }
        return (try? DirectoryWalker.names(in: directory)) ?? []
    }
}
