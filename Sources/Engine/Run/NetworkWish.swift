internal import ContainerRuntime
internal import LaunchPlanning

/// What the command line says about a container's networks, before anybody has looked whether they exist.
struct NetworkWish: Equatable, Sendable {
    var mode = NetworkSettings.Mode.bridge
    /// The container or the path of the modes that have one.
    var target: String?
    var endpoints = [NetworkEndpoint(network: NetworkDefinition.defaultName)]

    /// The default network.
    init() {}

    /// Reads `--network` and the options that add to it.
    ///
    /// - Throws: ``ArgumentError``.
    init(_ flags: RunFlags) throws(ArgumentError) {
        let texts = flags.networks.isEmpty ? [NetworkDefinition.defaultName] : flags.networks
        endpoints = []
        for text in texts {
            if let special = try Self.special(text) {
                guard texts.count == 1 else {
                    throw .invalid(option: "--network", value: text, why: "it cannot be combined with other networks")
                }
                (mode, target) = special
            } else {
                endpoints.append(try Self.endpoint(text))
            }
        }
        try Self.checkDistinct(endpoints)
        try addOptions(flags)
        for endpoint in endpoints where endpoint.network == NetworkDefinition.defaultName {
            if endpoint.address != nil || endpoint.address6 != nil {
                throw .invalid(
                    option: "--ip",
                    value: Self.text(endpoint),
                    why: "only networks of one's own have fixed addresses"
                )
            }
            if let alias = endpoint.aliases.first {
                throw .invalid(option: "--network-alias", value: alias, why: "only networks of one's own have names")
            }
        }
    }

    /// Takes a network for the container alone instead of the default bridge: without root, where none was asked for.
    mutating func avoidBridge() {
        guard mode == .bridge, endpoints == [NetworkEndpoint(network: NetworkDefinition.defaultName)] else { return }
        mode = .user
        endpoints = []
    }

    private static func text(_ endpoint: NetworkEndpoint) -> String {
        endpoint.address?.description ?? endpoint.address6?.description ?? ""
    }

    private static func special(_ text: String) throws(ArgumentError) -> (NetworkSettings.Mode, String?)? {
        switch text {
        case "none": return (.none, nil)
        case "host": return (.host, nil)
        case "pasta": return (.user, nil)
        case "": throw .invalid(option: "--network", value: text, why: "it has no name")
        default: break
        }
        for (prefix, mode) in [("container:", NetworkSettings.Mode.container), ("ns:", .namespace)]
        where text.hasPrefix(prefix) {
            let target = String(text.dropFirst(prefix.utf8.count))
            guard !target.isEmpty, mode == .container || target.hasPrefix("/") else {
                throw .invalid(
                    option: "--network",
                    value: text,
                    why: mode == .container ? "it is `container:NAME`" : "it is `ns:` and an absolute path"
                )
            }
            return (mode, target)
        }
        return nil
    }

    /// Reads `NAME`, `NAME:alias=…,ip=…` and docker's `name=NAME,alias=…`.
    static func endpoint(_ text: String) throws(ArgumentError) -> NetworkEndpoint {
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "--network", value: text, why: why) }
        var name = text
        var fields: [Substring] = []
        if text.contains("=") {
            if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("=") {
                name = String(text[..<colon])
                fields = text[text.index(after: colon)...].split(separator: ",")
            } else {
                name = ""
                fields = text.split(separator: ",")
            }
        }
        var endpoint = NetworkEndpoint(network: name == "default" ? NetworkDefinition.defaultName : name)
        for field in fields {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[1].isEmpty else { throw invalid("`\(field)` is no `key=value`") }
            switch pair[0] {
            case "name": endpoint.network = String(pair[1])
            case "alias": endpoint.aliases.append(String(pair[1]))
            case "ip": endpoint.address = try address(String(pair[1]), option: "--network")
            case "ip6": endpoint.address6 = try address6(String(pair[1]), option: "--network")
            case "mac", "mac-address":
                endpoint.hardwareAddress = try hardwareAddress(String(pair[1]), option: "--network")
            case "link-local-ip":
                endpoint.linkLocal =
                    (endpoint.linkLocal ?? []) + [try linkLocalAddress(String(pair[1]), option: "--network")]
            default:
                throw invalid(
                    "there are `name`, `alias`, `ip`, `ip6`, `mac-address` and `link-local-ip`, not `\(pair[0])`"
                )
            }
        }
        guard endpoint.network == NetworkDefinition.defaultName || NetworkDefinition.isValidName(endpoint.network)
        else {
            throw invalid("`\(endpoint.network)` is no network's name")
        }
        return endpoint
    }

    private mutating func addOptions(_ flags: RunFlags) throws(ArgumentError) {
        let single = [
            ("--ip", flags.address), ("--ip6", flags.address6), ("--mac-address", flags.hardwareAddress),
            ("--link-local-ip", flags.linkLocalAddresses.first),
        ].first { $0.1 != nil }
        if let (option, value) = single, mode != .bridge {
            throw .invalid(option: option, value: value ?? "", why: "the container has no network of its own")
        }
        if let alias = flags.networkAliases.first, mode != .bridge {
            throw .invalid(option: "--network-alias", value: alias, why: "the container has no network of its own")
        }
        guard !endpoints.isEmpty else { return }
        if let (option, value) = single, endpoints.count > 1 {
            throw .invalid(option: option, value: value ?? "", why: "with several networks it is `--network NAME:ip=…`")
        }
        if let text = flags.address { endpoints[0].address = try Self.address(text, option: "--ip") }
        if let text = flags.address6 { endpoints[0].address6 = try Self.address6(text, option: "--ip6") }
        if let text = flags.hardwareAddress {
            endpoints[0].hardwareAddress = try Self.hardwareAddress(text, option: "--mac-address")
        }
        if !flags.linkLocalAddresses.isEmpty {
            endpoints[0].linkLocal = try flags.linkLocalAddresses.map { (text) throws(ArgumentError) in
                try Self.linkLocalAddress(text, option: "--link-local-ip")
            }
        }
        for alias in flags.networkAliases {
            for index in endpoints.indices where endpoints[index].network != NetworkDefinition.defaultName {
                endpoints[index].aliases.append(alias)
            }
            if endpoints.allSatisfy({ $0.network == NetworkDefinition.defaultName }) {
                endpoints[0].aliases.append(alias)
            }
        }
        for alias in endpoints.flatMap(\.aliases) where !Self.isHostName(alias) {
            throw .invalid(option: "--network-alias", value: alias, why: "it is no host name")
        }
    }

    private static func checkDistinct(_ endpoints: [NetworkEndpoint]) throws(ArgumentError) {
        var seen: Set<String> = []
        for endpoint in endpoints where !seen.insert(endpoint.network).inserted {
            throw .invalid(option: "--network", value: endpoint.network, why: "it is named twice")
        }
    }

    static func address(_ text: String, option: String) throws(ArgumentError) -> IPv4Address {
        guard let address = IPv4Address(text) else {
            throw .invalid(option: option, value: text, why: "it is no IPv4 address")
        }
        return address
    }

    static func address6(_ text: String, option: String) throws(ArgumentError) -> IPv6Address {
        guard let address = IPv6Address(text) else {
            throw .invalid(option: option, value: text, why: "it is no IPv6 address")
        }
        return address
    }

    static func linkLocalAddress(_ text: String, option: String) throws(ArgumentError) -> String {
        if let address = IPv4Address(text), address.number >> 16 == 169 << 8 | 254 { return address.description }
        if let address = IPv6Address(text), address.high >> 54 == 0xFE80 >> 6 { return address.description }
        throw .invalid(option: option, value: text, why: "it is no address of 169.254.0.0/16 or fe80::/10")
    }

    static func hardwareAddress(_ text: String, option: String) throws(ArgumentError) -> HardwareAddress {
        // The lowest bit of the first byte makes an address one of a group, which no interface can have.
        guard let address = HardwareAddress(text), address.bytes[0] & 1 == 0 else {
            throw .invalid(option: option, value: text, why: "it is no hardware address, such as 02:42:ac:11:00:02")
        }
        return address
    }

    private static func isHostName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 253
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (97...122).contains(byte | 0x20) || [45, 46, 95].contains(byte)
            }
    }
}
