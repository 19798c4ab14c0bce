/// The host's routes as far as choosing a subnet needs them.
public struct HostRoutes: Equatable, Sendable {
    struct Route: Equatable {
        var interface: String
        var subnet: IPv4Subnet
    }

    var routes: [Route] = []

    /// Reads the text of `/proc/net/route`, whose numbers are hexadecimal in the machine's byte order.
    public init(_ text: String) {
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split { $0 == "\t" || $0 == " " }
            guard fields.count > 7, let destination = UInt32(fields[1], radix: 16),
                let mask = UInt32(fields[7], radix: 16)
            else { continue }
            let length = UInt8(mask.nonzeroBitCount)
            let subnet = IPv4Subnet(IPv4Address(UInt32(bigEndian: destination)), prefixLength: length)
            routes.append(Route(interface: String(fields[0]), subnet: subnet))
        }
    }

    /// The subnet the bridge has, or else the first that overlaps with nothing but the default route.
    func subnet(forBridge bridge: String, candidates: [IPv4Subnet]) -> IPv4Subnet? {
        if let own = routes.first(where: { $0.interface == bridge && $0.subnet.prefixLength < 31 }) {
            return own.subnet
        }
        return candidates.first { interface(overlapping: $0) == nil }
    }

    /// The interface that leads to all that no other route leads to.
    var wayOut: String? { routes.first { $0.subnet.prefixLength == 0 }?.interface }

    /// Whether the text of `/proc/net/ipv6_route` has a route to everywhere; the kernel's own that refuses is `lo`'s.
    static func leadsOut(ipv6 text: String) -> Bool {
        text.split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.count == 10 && fields[0].allSatisfy { $0 == "0" } && fields[1] == "00" && fields[9] != "lo"
        }
    }

    /// The interface whose addresses a subnet shares, if any; the default route counts for none.
    public func interface(overlapping subnet: IPv4Subnet) -> String? {
        routes.first { $0.subnet.prefixLength > 0 && $0.subnet.overlaps(subnet) }?.interface
    }
}
