internal import ContainerRuntime

extension ContainerInspection {
    /// A container's place in one network, in docker's words.
    struct Endpoint: Encodable, Sendable {
        struct Wishes: Encodable, Sendable {
            let IPv4Address: String?
            let IPv6Address: String?
            let LinkLocalIPs: [String]?
        }

        var IPAMConfig: Wishes?
        var Aliases: [String] = []
        var DNSNames: [String] = []
        var NetworkID = ""
        var EndpointID = ""
        var Gateway = ""
        var IPAddress = ""
        var IPPrefixLen: UInt8 = 0
        var IPv6Gateway = ""
        var GlobalIPv6Address = ""
        var GlobalIPv6PrefixLen: UInt8 = 0
        var MacAddress = ""

        /// A place that has no addresses.
        init() {}

        /// What the container wishes of the network, and what it has while it runs.
        init(_ wish: NetworkEndpoint, _ attachment: NetworkAttachment?, network: String, container: String) {
            NetworkID = network
            if wish.address != nil || wish.address6 != nil || wish.linkLocal != nil {
                IPAMConfig = Wishes(
                    IPv4Address: wish.address?.description,
                    IPv6Address: wish.address6?.description,
                    LinkLocalIPs: wish.linkLocal
                )
            }
            Aliases = wish.aliases
            guard let attachment else { return }
            EndpointID = Self.id(network: network, container: container)
            if attachment.network != NetworkDefinition.defaultName { DNSNames = attachment.names }
            Gateway = "\(attachment.gateway)"
            IPAddress = "\(attachment.address)"
            IPPrefixLen = attachment.prefixLength
            IPv6Gateway = attachment.gateway6?.description ?? ""
            GlobalIPv6Address = attachment.address6?.description ?? ""
            GlobalIPv6PrefixLen = attachment.address6 == nil ? 0 : attachment.prefixLength6 ?? 0
            MacAddress = "\(attachment.hardwareAddress)"
        }

        /// A number for a container's place in a network: half of each one's, since there is no other such place.
        static func id(network: String, container: String) -> String {
            String(network.prefix(32) + container.prefix(32))
        }
    }
}
