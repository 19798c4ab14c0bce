internal import ContainerRuntime
internal import LaunchPlanning

/// What a user asked for about a network, understood and checked as far as that is possible without the others.
struct NetworkPlan {
    let flags: NetworkFlags
    var subnet: IPv4Subnet?
    var gateway: IPv4Address?
    var range: IPv4Subnet?
    var subnet6: IPv6Subnet?
    var gateway6: IPv6Address?
    var reserved: [String: IPv4Address] = [:]

    /// The subnets to choose from where the user names none: 256 addresses each, as many as anybody has needed.
    static let candidates = (0..<512).map { index in
        IPv4Subnet(IPv4Address(10 << 24 | UInt32(210 + index / 256) << 16 | UInt32(index % 256) << 8), prefixLength: 24)
    }

    /// Understands `flags`.
    ///
    /// - Throws: ``ArgumentError``.
    init(_ flags: NetworkFlags) throws(ArgumentError) {
        self.flags = flags
        guard NetworkDefinition.isValidName(flags.name) else {
            let why =
                NetworkDefinition.reservedNames.contains(flags.name)
                ? "the name has a meaning of its own"
                : "a name is a letter or digit, then letters, digits, `_`, `.` and `-`"
            throw .invalid(option: "NAME", value: flags.name, why: why)
        }
        try Self.check(driver: flags.driver)
        try readSubnets()
        for text in flags.gateways { try readGateway(text) }
        for text in flags.ranges {
            guard let range = IPv4Subnet(text), let subnet, subnet.contains(range.base),
                range.prefixLength >= subnet.prefixLength, self.range == nil
            else { throw .invalid(option: "--ip-range", value: text, why: "it must be a part of the IPv4 `--subnet`") }
            self.range = range
        }
        for text in flags.reserved {
            let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let address = IPv4Address(pair[1]), subnet?.contains(address) == true else {
                throw .invalid(option: "--aux-address", value: text, why: "it is `name=address` of the `--subnet`")
            }
            reserved[pair[0]] = address
        }
    }

    private static func check(driver: String) throws(ArgumentError) {
        let why: String
        switch driver {
        case "bridge": return
        case "host", "none", "null":
            why = "it is always there; `run --network \(driver == "host" ? driver : "none")` takes it"
        case "macvlan", "ipvlan":
            why =
                "there are only bridges; a container that others reach at the host's own addresses takes `run --network host`, "
                + "one with an interface of its own a namespace that has it, by `run --network ns:PATH`"
        case "overlay": why = "a network is this machine's; containers of several machines take `run --network host`"
        default: why = "there are only bridges"
        }
        throw .unsupported(option: "`--driver \(driver)`", why: why)
    }

    private mutating func readSubnets() throws(ArgumentError) {
        for text in flags.subnets {
            func invalid(_ why: String) -> ArgumentError { .invalid(option: "--subnet", value: text, why: why) }
            if let subnet = IPv4Subnet(text) {
                guard self.subnet == nil else { throw invalid("there is one of IPv4 already") }
                guard (8...30).contains(subnet.prefixLength) else { throw invalid("its length is from /8 to /30") }
                self.subnet = subnet
            } else if let subnet = IPv6Subnet(text) {
                guard subnet6 == nil else { throw invalid("there is one of IPv6 already") }
                guard (16...112).contains(subnet.prefixLength) else { throw invalid("its length is from /16 to /112") }
                subnet6 = subnet
            } else {
                throw invalid("it is an address and a length, such as 10.5.0.0/16")
            }
        }
        if subnet6 != nil, !flags.hasIPv6 {
            throw .invalid(option: "--subnet", value: "\(flags.subnets.last ?? "")", why: "IPv6 needs `--ipv6`")
        }
    }

    private mutating func readGateway(_ text: String) throws(ArgumentError) {
        if let address = IPv4Address(text), let subnet, subnet.contains(address), address != subnet.base,
            address != subnet.broadcast, gateway == nil
        {
            gateway = address
        } else if let address = IPv6Address(text), let subnet6, subnet6.contains(address), gateway6 == nil {
            gateway6 = address
        } else {
            throw .invalid(
                option: "--gateway",
                value: text,
                why: "it must be an address of the `--subnet`, one a family"
            )
        }
    }

    /// The network, with what the user left open chosen so that it is in nobody's way.
    func definition(
        id: String,
        now: Timestamp,
        beside others: [NetworkDefinition],
        routes: HostRoutes
    ) throws -> NetworkDefinition {
        if others.contains(where: { $0.name == flags.name }) { throw NetworkServiceError.exists(flags.name) }
        let chosen = try subnet ?? freeSubnet(others, routes)
        if let other = others.first(where: { $0.subnet.overlaps(chosen) }) {
            throw NetworkServiceError.overlaps("\(chosen)", network: other.name)
        }
        if let interface = routes.interface(overlapping: chosen) {
            throw NetworkServiceError.overlaps("\(chosen)", interface: interface)
        }
        var network = NetworkDefinition(id: id, name: flags.name, created: now, subnet: chosen, gateway: gateway)
        network.range = range
        network.reserved = reserved
        network.isInternal = flags.isInternal
        network.isAttachable = flags.isAttachable
        if flags.hasIPv6 {
            let own = subnet6 ?? Self.localSubnet(id)
            if let other = others.first(where: { $0.subnet6?.overlaps(own) == true }) {
                throw NetworkServiceError.overlaps("\(own)", network: other.name)
            }
            network.subnet6 = own
            network.gateway6 = gateway6 ?? own.gateway
        }
        for label in flags.labels {
            let pair = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            network.labels[pair[0]] = pair.count > 1 ? pair[1] : ""
        }
        for option in flags.options { try Self.apply(option, to: &network) }
        if others.contains(where: { $0.bridge == network.bridge }) {
            throw NetworkServiceError.exists(network.bridge)
        }
        return network
    }

    private func freeSubnet(_ others: [NetworkDefinition], _ routes: HostRoutes) throws -> IPv4Subnet {
        let free = Self.candidates.first { candidate in
            routes.interface(overlapping: candidate) == nil && !others.contains { $0.subnet.overlaps(candidate) }
        }
        guard let free else { throw NetworkError.noFreeSubnet }
        return free
    }

    /// A subnet of the private IPv6 addresses (RFC 4193), whose 40 bits after `fd` are to be random: the id's are.
    static func localSubnet(_ id: String) -> IPv6Subnet {
        let bits = UInt64(id.prefix(10), radix: 16) ?? 0
        return IPv6Subnet(IPv6Address(high: 0xFD << 56 | bits << 16, low: 0), prefixLength: 64)
    }

    private static func apply(_ option: String, to network: inout NetworkDefinition) throws(ArgumentError) {
        let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = pair.count > 1 ? pair[1] : "true"
        func invalid(_ why: String) -> ArgumentError { .invalid(option: "-o", value: option, why: why) }
        switch pair[0] {
        case "mtu", "com.docker.network.driver.mtu":
            guard let mtu = UInt32(value), (576...65_535).contains(mtu) else { throw invalid("it is 576 to 65535") }
            network.mtu = mtu
        case "com.docker.network.bridge.name":
            guard (1...15).contains(value.utf8.count), ContainerCollection.isValidName(value) else {
                throw invalid("an interface's name has at most 15 bytes")
            }
            network.bridge = value
        case "com.docker.network.bridge.enable_icc": network.connectsPeers = try flag(value, option)
        case "com.docker.network.bridge.enable_ip_masquerade": network.masquerades = try flag(value, option)
        case "com.docker.network.bridge.host_binding_ipv4":
            guard IPv4Address(value) != nil else { throw invalid("it is an IPv4 address") }
            network.publishAddress = value
        default: throw .unsupported(option: "`-o \(pair[0])`", why: "llmbox's bridges have no such option")
        }
        network.options[pair[0]] = value
    }

    private static func flag(_ text: String, _ option: String) throws(ArgumentError) -> Bool {
        switch text.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: throw .invalid(option: "-o", value: option, why: "it is `true` or `false`")
        }
    }
}
