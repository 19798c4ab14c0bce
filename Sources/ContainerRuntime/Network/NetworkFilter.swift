/// The table of nf_tables that one network has, as values.
///
///     prerouting  raw     what pretends to come from, or wants to reach, the host's loopback is dropped
///     prerouting  dstnat  published ports of the host's addresses lead to containers …
///     output      dstnat  … also for the host's own programs
///     postrouting srcnat  what leaves the subnet, and what could else not find its way back, gets the host's address
///     forward     filter  only answers and published ports come in; an internal network lets nothing out either
///     input       filter  an internal network does not reach the host
///
/// A rule of ours accepts only for our own chain: every other table's chains still see the packet, so a firewall's drops
/// stay what they are. One table a network, so that all of a network goes with one message.
struct NetworkFilter: Equatable {
    /// The name of the table, and of the bridge.
    var bridge: String
    var subnet: IPv4Subnet
    var subnet6: IPv6Subnet?
    var isInternal = false
    var masquerades = true

    private typealias Messages = PacketFilterMessages
    private typealias Expressions = PacketFilterExpressions

    /// A published port, and where it leads.
    struct Translation: Hashable {
        var port: PortPublication
        var address: IPv4Address
        var address6: IPv6Address?
    }

    /// A transaction that makes the table; it fails with `EEXIST` as a whole where the table is there.
    func make() -> [NetlinkMessage] {
        var messages = [Messages.makeTable(bridge)] + maps() + chains()
        for (chain, rule) in rules() { messages.append(Messages.addRule(rule, to: chain, in: bridge)) }
        return Messages.transaction(messages)
    }

    /// A transaction that removes it.
    static func remove(_ bridge: String) -> [NetlinkMessage] { Messages.transaction([Messages.removeTable(bridge)]) }

    /// The changes that publish ports, or take them back; empty where nothing is to be done.
    static func change(_ bridge: String, adding: Bool, _ translations: [Translation]) -> [NetlinkMessage] {
        var elements: [String: [(key: [UInt8], value: [UInt8])]] = [:]
        for translation in translations {
            for (map, key, value) in entries(translation) { elements[map, default: []].append((key, value)) }
        }
        return elements.sorted { $0.key < $1.key }.flatMap { map, list in
            // An attribute's length has 16 bits: a range of a thousand ports takes several messages.
            stride(from: 0, to: list.count, by: 256).map {
                Messages.changeMap(map, in: bridge, adding: adding, Array(list[$0..<min($0 + 256, list.count)]))
            }
        }
    }

    private static func entries(_ translation: Translation) -> [(map: String, key: [UInt8], value: [UInt8])] {
        let port = translation.port
        let key = [port.transport.number, 0, 0, 0] + NetlinkMessage.network(port.hostPort) + [0, 0]
        let inside = NetlinkMessage.network(port.containerPort) + [0, 0]
        let value = translation.address.bytes + inside
        let value6 = translation.address6.map { $0.bytes + inside }
        if port.hostAddress.isEmpty {
            return [("ports", key, value)] + (value6.map { [("ports6", key, $0)] } ?? [])
        }
        if let address = IPv4Address(port.hostAddress) {
            return [address.number == 0 ? ("ports", key, value) : ("bound", address.bytes + key, value)]
        }
        // The host's own `::1` cannot be routed to a container: it, and a network without IPv6, are the relay's.
        guard let address = IPv6Address(port.hostAddress), !address.isLoopback, let value6 else { return [] }
        return [address.isUnspecified ? ("ports6", key, value6) : ("bound6", address.bytes + key, value6)]
    }

    private func maps() -> [NetlinkMessage] {
        // The numbers of nft's types: ipv4_addr 7, ipv6_addr 8, inet_proto 12, inet_service 13, joined by 6 bits each.
        let key = (type: UInt32(12 << 6 | 13), length: UInt32(8))
        let value = (type: UInt32(7 << 6 | 13), length: UInt32(8))
        var maps = [
            Messages.makeMap("ports", in: bridge, id: 1, key: key, value: value),
            Messages.makeMap("bound", in: bridge, id: 2, key: (7 << 12 | key.type, 12), value: value),
        ]
        if subnet6 != nil {
            let value6 = (type: UInt32(8 << 6 | 13), length: UInt32(20))
            maps.append(Messages.makeMap("ports6", in: bridge, id: 3, key: key, value: value6))
            maps.append(Messages.makeMap("bound6", in: bridge, id: 4, key: (8 << 12 | key.type, 24), value: value6))
        }
        return maps
    }

    private func chains() -> [NetlinkMessage] {
        var chains = [
            Messages.makeChain("raw", in: bridge, type: "filter", at: .prerouting, priority: -300),
            Messages.makeChain("dstnat", in: bridge, type: "nat", at: .prerouting, priority: -100),
            Messages.makeChain("output", in: bridge, type: "nat", at: .output, priority: -100),
            Messages.makeChain("srcnat", in: bridge, type: "nat", at: .postrouting, priority: 100),
            Messages.makeChain("forward", in: bridge, type: "filter", at: .forward, priority: 0),
        ]
        if isInternal {
            chains.append(Messages.makeChain("input", in: bridge, type: "filter", at: .input, priority: 0))
        }
        return chains
    }

    private func rules() -> [(chain: String, rule: [UInt8])] {
        let loopback = (base: [UInt8]([127, 0, 0, 0]), mask: [UInt8]([255, 0, 0, 0]))
        let ipv4 = Expressions.isFamily(.ipv4)
        let inward = Expressions.leavesBy(bridge) + Expressions.comesFrom(bridge, isEqual: false)
        var rules: [(chain: String, rule: [UInt8])] = []
        // `route_localnet`, which published ports need on 127.0.0.1, must not open the host's loopback to containers.
        let fromBridge = Expressions.comesFrom(bridge) + ipv4
        for address in [
            Expressions.destination(.ipv4, in: loopback.base, mask: loopback.mask),
            Expressions.source(.ipv4, in: loopback.base, mask: loopback.mask),
        ] {
            rules.append(("raw", fromBridge + address + Expressions.verdict(.drop)))
        }
        // A neighbour that sends to 127.0.0.1 must not reach what is published there only (CVE-2020-8558's kind).
        let toLoopback = ipv4 + Expressions.destination(.ipv4, in: loopback.base, mask: loopback.mask)
        rules.append(("dstnat", toLoopback + Expressions.verdict(.return)))
        for chain in ["dstnat", "output"] {
            rules.append((chain, ipv4 + Expressions.translate(.ipv4, byAddressIn: "bound")))
            rules.append((chain, ipv4 + Expressions.destinationIsLocal + Expressions.translate(.ipv4, by: "ports")))
        }
        rules += rules6()
        rules += translations(.ipv4, subnet.base.bytes, subnet.maskBytes)
        let fromLoopback = ipv4 + Expressions.source(.ipv4, in: loopback.base, mask: loopback.mask)
        rules.append(("srcnat", fromLoopback + Expressions.leavesBy(bridge) + Expressions.masquerade))
        if isInternal {
            let outward = Expressions.comesFrom(bridge) + Expressions.leavesBy(bridge, isEqual: false)
            rules.append(("forward", outward + Expressions.verdict(.drop)))
            rules.append(
                ("input", Expressions.comesFrom(bridge) + Expressions.isEstablished + Expressions.verdict(.accept))
            )
            rules.append(("input", Expressions.comesFrom(bridge) + Expressions.verdict(.drop)))
        } else {
            rules.append(("forward", inward + Expressions.isEstablished + Expressions.verdict(.accept)))
            rules.append(("forward", inward + Expressions.isTranslated + Expressions.verdict(.accept)))
        }
        rules.append(("forward", inward + Expressions.verdict(.drop)))
        return rules
    }

    private func rules6() -> [(chain: String, rule: [UInt8])] {
        guard let subnet6 else { return [] }
        let ipv6 = Expressions.isFamily(.ipv6)
        let all = [UInt8](repeating: 255, count: 16)
        let toLoopback = ipv6 + Expressions.destination(.ipv6, in: IPv6Address.loopback.bytes, mask: all)
        var rules: [(chain: String, rule: [UInt8])] = []
        for chain in ["dstnat", "output"] {
            rules.append((chain, toLoopback + Expressions.verdict(.return)))
            rules.append((chain, ipv6 + Expressions.translate(.ipv6, byAddressIn: "bound6")))
            rules.append((chain, ipv6 + Expressions.destinationIsLocal + Expressions.translate(.ipv6, by: "ports6")))
        }
        return rules + translations(.ipv6, subnet6.base.bytes, subnet6.maskBytes)
    }

    /// Source addresses: the host's for what leaves, the bridge's for what turns back to its own network.
    private func translations(
        _ family: PacketFilterExpressions.Family,
        _ base: [UInt8],
        _ mask: [UInt8]
    ) -> [(chain: String, rule: [UInt8])] {
        let own = Expressions.isFamily(family) + Expressions.source(family, in: base, mask: mask)
        let back = own + Expressions.leavesBy(bridge) + Expressions.isTranslated + Expressions.masquerade
        guard masquerades, !isInternal else { return [("srcnat", back)] }
        return [
            ("srcnat", own + Expressions.leavesBy(bridge, isEqual: false) + Expressions.masquerade), ("srcnat", back),
        ]
    }
}
