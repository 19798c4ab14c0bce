internal import ContainerRuntime

/// A network, as `network ls` and `network inspect` show it.
public struct NetworkSummary: Sendable {
    /// A range of addresses.
    public struct Subnet: Sendable {
        /// The addresses.
        public var subnet: String
        /// The bridge's own.
        public var gateway: String
        /// The part that containers get.
        public var range: String?
    }

    /// A container that is on it.
    public struct Member: Sendable {
        /// The id.
        public var id: String
        /// The name.
        public var name: String
        /// A number for its place here.
        public var place = ""
        /// The hardware address.
        public var hardwareAddress = ""
        /// The address with its length.
        public var address = ""
        /// The IPv6 address with its length.
        public var address6 = ""

        init(_ record: ContainerRecord, _ attachment: NetworkAttachment?) {
            id = record.id
            name = record.name
            guard let attachment else { return }
            hardwareAddress = "\(attachment.hardwareAddress)"
            address = "\(attachment.address)/\(attachment.prefixLength)"
            if let own = attachment.address6, let length = attachment.prefixLength6 { address6 = "\(own)/\(length)" }
        }
    }

    /// 64 hexadecimal digits.
    public var id: String
    /// The name.
    public var name: String
    /// `bridge`, `host` or `null`.
    public var driver: String
    /// When it was made, in RFC 3339; nil for what is always there.
    public var created: String?
    /// The interface of the host's that it is.
    public var bridge: String?
    /// Its addresses.
    public var subnets: [Subnet] = []
    /// Addresses that containers do not get.
    public var reserved: [String: String] = [:]
    /// Whether it leads nowhere else.
    public var isInternal = false
    /// Whether `--attachable` was given.
    public var isAttachable = false
    /// Whether it has IPv6 addresses.
    public var hasIPv6 = false
    /// The labels.
    public var labels: [String: String] = [:]
    /// The driver's options.
    public var options: [String: String] = [:]
    /// The containers that are on it now.
    public var containers: [Member] = []

    /// The networks that are always there.
    static let predefined = [("bridge", "bridge"), ("host", "host"), ("none", "null")].map { name, driver in
        NetworkSummary(name: name, driver: driver)
    }

    /// The id of a network that is always there; nil for other names.
    static func predefinedID(_ name: String) -> String? { predefined.first { $0.name == name }?.id }

    private init(name: String, driver: String) {
        // The same everywhere: the name's bytes, and zeros.
        let digits = name.utf8.map { String($0, radix: 16) }.joined()
        id = digits + String(repeating: "0", count: 64 - digits.utf8.count)
        self.name = name
        self.driver = driver
        guard name == NetworkDefinition.defaultName else { return }
        let configuration = BridgeNetwork.Configuration()
        bridge = configuration.bridge
        options = [
            "com.docker.network.bridge.default_bridge": "true", "com.docker.network.bridge.name": configuration.bridge,
        ]
    }

    /// Adds a container, where it is on this network.
    mutating func add(_ record: ContainerRecord, _ state: ContainerState) {
        for attachment in state.networks where attachment.network == name {
            if subnets.isEmpty {
                let subnet = IPv4Subnet(attachment.address, prefixLength: attachment.prefixLength)
                subnets = [.init(subnet: "\(subnet)", gateway: "\(attachment.gateway)", range: nil)]
            }
            var member = Member(record, attachment)
            member.place = ContainerInspection.Endpoint.id(network: id, container: record.id)
            containers.append(member)
        }
        let mode = record.network.mode
        guard mode == .none || mode == .host, mode.rawValue == name, state.isRunning else { return }
        containers.append(Member(record, nil))
    }

    init(_ network: NetworkDefinition) {
        id = network.id
        name = network.name
        driver = "bridge"
        created = network.created.description
        bridge = network.bridge
        subnets = [
            Subnet(
                subnet: "\(network.subnet)",
                gateway: "\(network.gateway)",
                range: network.range.map { "\($0)" }
            )
        ]
        if let subnet6 = network.subnet6 {
            subnets.append(Subnet(subnet: "\(subnet6)", gateway: "\(network.gateway6 ?? subnet6.gateway)", range: nil))
        }
        reserved = network.reserved.mapValues { "\($0)" }
        isInternal = network.isInternal
        isAttachable = network.isAttachable
        hasIPv6 = network.subnet6 != nil
        labels = network.labels
        options = network.options
    }
}
