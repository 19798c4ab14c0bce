/// The messages of nf_tables that llmbox's own table consists of, as values.
///
/// They are sent to the kernel directly: a library would cost more at start than the whole attachment, and other rule
/// sets are not touched, since a table of one's own is exactly what nf_tables has for this.
enum PacketFilterMessages {
    private static let subsystem: UInt16 = 10 << 8
    private static let batchBegin: UInt16 = 16
    private static let batchEnd: UInt16 = 17
    private static let ipv4: UInt8 = 2

    /// A transaction that makes the table with one rule: what leaves the subnet for elsewhere gets the host's address.
    ///
    /// It fails with `EEXIST` as a whole where the table is there.
    static func makeTable(_ table: String, subnet: IPv4Subnet, bridge: String) -> [NetlinkMessage] {
        var newTable = message(0, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        newTable.attribute(1, text: table)  // NFTA_TABLE_NAME
        var newChain = message(3, flags: NetlinkMessage.create)
        newChain.attribute(1, text: table)  // NFTA_CHAIN_TABLE
        newChain.attribute(3, text: "postrouting")  // NFTA_CHAIN_NAME
        // NFTA_CHAIN_HOOK { number: NF_INET_POST_ROUTING, priority: NF_IP_PRI_NAT_SRC }
        newChain.body += NetlinkMessage.nested(
            4,
            NetlinkMessage.attribute(1, NetlinkMessage.network(UInt32(4)))
                + NetlinkMessage.attribute(2, NetlinkMessage.network(Int32(100)))
        )
        newChain.attribute(7, text: "nat")  // NFTA_CHAIN_TYPE
        var newRule = message(6, flags: NetlinkMessage.create | NetlinkMessage.append)
        newRule.attribute(1, text: table)  // NFTA_RULE_TABLE
        newRule.attribute(2, text: "postrouting")  // NFTA_RULE_CHAIN
        newRule.body += NetlinkMessage.nested(4, masquerade(subnet, bridge))  // NFTA_RULE_EXPRESSIONS
        return transaction([newTable, newChain, newRule])
    }

    /// Asks for the table; the answer is `ENOENT` where it is missing.
    static func findTable(_ table: String) -> NetlinkMessage {
        var message = message(1)
        message.attribute(1, text: table)
        return message
    }

    /// A transaction that removes the table with all it holds.
    static func removeTable(_ table: String) -> [NetlinkMessage] {
        var message = message(2)
        message.attribute(1, text: table)
        return transaction([message])
    }

    // ip saddr <subnet> oifname != <bridge> masquerade
    private static func masquerade(_ subnet: IPv4Subnet, _ bridge: String) -> [UInt8] {
        let mask = IPv4Subnet(IPv4Address(.max), prefixLength: subnet.prefixLength).base
        // The source address: 4 bytes at offset 12 of the network header (base 1) into register 1.
        let load = expression(
            "payload",
            number(1, 1) + number(2, 1) + number(3, 12) + number(4, 4)
        )
        let narrow = expression(
            "bitwise",
            number(1, 1) + number(2, 1) + number(3, 4) + value(4, mask.bytes) + value(5, [0, 0, 0, 0])
        )
        // The outgoing interface's name (NFT_META_OIFNAME = 7) fills all 16 bytes, zeros included.
        let interface = expression("meta", number(2, 7) + number(1, 1))
        let name = Array(bridge.utf8.prefix(15))
        let padded = name + [UInt8](repeating: 0, count: 16 - name.count)
        return load + narrow + compare(0, subnet.base.bytes) + interface + compare(1, padded) + expression("masq", [])
    }

    /// Compares register 1: operation 0 is equal, 1 is not.
    private static func compare(_ operation: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        expression("cmp", number(1, 1) + number(2, operation) + value(3, bytes))
    }

    // NFTA_LIST_ELEM { NFTA_EXPR_NAME, NFTA_EXPR_DATA }
    private static func expression(_ name: String, _ attributes: [UInt8]) -> [UInt8] {
        NetlinkMessage.nested(
            1,
            NetlinkMessage.attribute(1, NetlinkMessage.text(name)) + NetlinkMessage.nested(2, attributes)
        )
    }

    private static func number(_ type: UInt16, _ value: UInt32) -> [UInt8] {
        NetlinkMessage.attribute(type, NetlinkMessage.network(value))
    }

    /// NFTA_DATA_VALUE inside an attribute.
    private static func value(_ type: UInt16, _ bytes: [UInt8]) -> [UInt8] {
        NetlinkMessage.nested(type, NetlinkMessage.attribute(1, bytes))
    }

    /// `struct nfgenmsg`: family, version, resource.
    private static func message(_ type: UInt16, flags: UInt16 = 0) -> NetlinkMessage {
        NetlinkMessage(type: subsystem | type, flags: flags, body: [ipv4, 0, 0, 0])
    }

    private static func transaction(_ messages: [NetlinkMessage]) -> [NetlinkMessage] {
        // The marks name the subsystem (nf_tables = 10) as their resource, in network order.
        let mark = [UInt8(0), 0] + NetlinkMessage.network(UInt16(10))
        return [NetlinkMessage(type: batchBegin, body: mark)] + messages + [NetlinkMessage(type: batchEnd, body: mark)]
    }
}
