/// The messages of nf_tables, as values.
///
/// They are sent to the kernel directly: a library would cost more at start than the whole attachment, and other rule
/// sets are not touched, since a table of one's own is exactly what nf_tables has for this.
enum PacketFilterMessages {
    private static let subsystem: UInt16 = 10 << 8
    private static let batchBegin: UInt16 = 16
    private static let batchEnd: UInt16 = 17

    /// The families of tables.
    enum Family: UInt8 {
        /// All of them, in questions.
        case any = 0
        /// IPv4 and IPv6 in one.
        case inet = 1
        case ipv4 = 2
    }

    /// The places where a base chain can be attached.
    enum Hook: UInt32 {
        case prerouting = 0
        case input = 1
        case forward = 2
        case output = 3
        case postrouting = 4
    }

    /// Makes a table; `EEXIST` where it is there.
    static func makeTable(_ table: String) -> NetlinkMessage {
        var message = message(0, flags: NetlinkMessage.create | NetlinkMessage.exclusive)
        message.attribute(1, text: table)
        return message
    }

    /// Makes a base chain, which lets pass what none of its rules stops.
    ///
    /// `type` is `nat` or `filter`.
    static func makeChain(
        _ name: String,
        in table: String,
        type: String,
        at hook: Hook,
        priority: Int32
    ) -> NetlinkMessage {
        var message = message(3, flags: NetlinkMessage.create)
        message.attribute(1, text: table)
        message.attribute(3, text: name)
        message.body += NetlinkMessage.nested(
            4,
            NetlinkMessage.attribute(1, NetlinkMessage.network(hook.rawValue))
                + NetlinkMessage.attribute(2, NetlinkMessage.network(priority))
        )
        message.attribute(7, text: type)
        return message
    }

    /// Appends a rule, or puts it before the rule with the handle `before`.
    static func addRule(
        _ expressions: [UInt8],
        to chain: String,
        in table: String,
        family: Family = .inet,
        before: UInt64? = nil,
        comment: String? = nil
    ) -> NetlinkMessage {
        let place = before == nil ? NetlinkMessage.append : 0
        var message = message(6, family: family, flags: NetlinkMessage.create | place)
        message.attribute(1, text: table)
        message.attribute(2, text: chain)
        message.body += NetlinkMessage.nested(4, expressions)
        if let before { message.attribute(6, NetlinkMessage.network(before)) }
        if let comment {
            // libnftnl's user data: type 0 is a comment, then its length, then the text.
            let text = NetlinkMessage.text(comment)
            message.attribute(7, [0, UInt8(text.count)] + text)
        }
        return message
    }

    /// Removes one rule.
    static func removeRule(_ handle: UInt64, of chain: String, in table: String, family: Family) -> NetlinkMessage {
        var message = message(8, family: family)
        message.attribute(1, text: table)
        message.attribute(2, text: chain)
        message.attribute(3, NetlinkMessage.network(handle))
        return message
    }

    /// Asks for all rules of a chain.
    static func listRules(of chain: String, in table: String, family: Family) -> NetlinkMessage {
        var message = message(7, family: family, flags: NetlinkMessage.dump)
        message.attribute(1, text: table)
        message.attribute(2, text: chain)
        return message
    }

    /// Asks for all rules of a table.
    static func listRules(in table: String, family: Family) -> NetlinkMessage {
        var message = message(7, family: family, flags: NetlinkMessage.dump)
        message.attribute(1, text: table)
        return message
    }

    /// Asks for all chains of all tables.
    static func listChains() -> NetlinkMessage { message(4, family: .any, flags: NetlinkMessage.dump) }

    /// Asks for a chain; the answer is `ENOENT` where it is missing.
    static func findChain(_ chain: String, in table: String, family: Family) -> NetlinkMessage {
        var message = message(4, family: family)
        message.attribute(1, text: table)
        message.attribute(3, text: chain)
        return message
    }

    /// Makes a map whose keys and values are fields joined to one another, each filled up to four bytes.
    ///
    /// `keyType` and `valueType` are the numbers that `nft` knows the fields by; the kernel only keeps them.
    static func makeMap(
        _ name: String,
        in table: String,
        id: UInt32,
        key: (type: UInt32, length: UInt32),
        value: (type: UInt32, length: UInt32)
    ) -> NetlinkMessage {
        var message = message(9, flags: NetlinkMessage.create)
        message.attribute(1, text: table)
        message.attribute(2, text: name)
        for (attribute, number) in [
            (UInt16(3), UInt32(8)), (4, key.type), (5, key.length), (6, value.type), (7, value.length), (10, id),
        ] {
            message.attribute(attribute, NetlinkMessage.network(number))
        }
        return message
    }

    /// Adds elements to a map, or removes them, which needs their keys only.
    static func changeMap(
        _ map: String,
        in table: String,
        adding: Bool,
        _ elements: [(key: [UInt8], value: [UInt8])]
    ) -> NetlinkMessage {
        var message = message(adding ? 12 : 14, flags: adding ? NetlinkMessage.create : 0)
        message.attribute(1, text: table)
        message.attribute(2, text: map)
        var list: [UInt8] = []
        for element in elements {
            var entry = PacketFilterExpressions.value(1, element.key)
            if adding { entry += PacketFilterExpressions.value(2, element.value) }
            list += NetlinkMessage.nested(1, entry)
        }
        message.body += NetlinkMessage.nested(3, list)
        return message
    }

    /// Asks for the table; the answer is `ENOENT` where it is missing.
    static func findTable(_ table: String) -> NetlinkMessage {
        var message = message(1)
        message.attribute(1, text: table)
        return message
    }

    /// Removes a table with all it holds.
    static func removeTable(_ table: String) -> NetlinkMessage {
        var message = message(2)
        message.attribute(1, text: table)
        return message
    }

    /// Frames messages as one transaction.
    static func transaction(_ messages: [NetlinkMessage]) -> [NetlinkMessage] {
        // The marks name the subsystem (nf_tables = 10) as their resource, in network order.
        let mark = [UInt8(0), 0] + NetlinkMessage.network(UInt16(10))
        return [NetlinkMessage(type: batchBegin, body: mark)] + messages + [NetlinkMessage(type: batchEnd, body: mark)]
    }

    /// `struct nfgenmsg`: family, version, resource.
    private static func message(_ type: UInt16, family: Family = .inet, flags: UInt16 = 0) -> NetlinkMessage {
        NetlinkMessage(type: subsystem | type, flags: flags, body: [family.rawValue, 0, 0, 0])
    }
}
