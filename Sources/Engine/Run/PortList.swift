internal import ContainerRuntime

/// The ports of a container in one line, as docker's `ps` shows them.
///
/// Neighbours are joined where the host's ports are the container's, or where there are none of the host's:
/// `7000-7002/tcp, 0.0.0.0:8000-8001->8000-8001/tcp, 0.0.0.0:32768->80/tcp`.
enum PortList {
    /// A port of the container's with its place on the host, if it has one.
    private struct Entry {
        var address = ""
        var host: UInt16 = 0
        var inside: UInt16
        var transport: String

        var key: (UInt16, String, UInt16, String) { (inside, address, host, transport) }
    }

    private struct Group {
        let address: String
        let transport: String
        let first: UInt16
        var last: UInt16

        var text: String {
            let range = first == last ? "\(first)" : "\(first)-\(last)"
            return (address.isEmpty ? "" : "\(address):\(range)->") + "\(range)/\(transport)"
        }
    }

    /// What is published, and what is only said to be listened on.
    static func texts(_ published: [PortPublication], exposed: [String]) -> [String] {
        var entries = published.flatMap { port in
            ContainerService.families(port).map { port in
                Entry(
                    address: port.hostAddress.contains(":") ? "[\(port.hostAddress)]" : port.hostAddress,
                    host: port.hostPort,
                    inside: port.containerPort,
                    transport: port.transport.rawValue
                )
            }
        }
        for text in exposed {
            let words = text.split(separator: "/").map(String.init)
            guard words.count == 2, let port = UInt16(words[0]),
                !entries.contains(where: { $0.inside == port && $0.transport == words[1] })
            else { continue }
            entries.append(Entry(inside: port, transport: words[1]))
        }
        var groups: [Group] = []
        var others: [String] = []
        for entry in entries.sorted(by: { $0.key < $1.key }) {
            guard entry.host == 0 || entry.host == entry.inside else {
                others.append("\(entry.address):\(entry.host)->\(entry.inside)/\(entry.transport)")
                continue
            }
            let before = groups.lastIndex { $0.address == entry.address && $0.transport == entry.transport }
            if let before, groups[before].last &+ 1 == entry.inside {
                groups[before].last = entry.inside
            } else {
                groups.append(
                    Group(address: entry.address, transport: entry.transport, first: entry.inside, last: entry.inside)
                )
            }
        }
        return groups.map(\.text) + others
    }
}
