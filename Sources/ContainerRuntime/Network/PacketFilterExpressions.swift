/// The expressions that rules of nf_tables are made of, each as the kernel's attribute list.
///
/// Register 1 holds 16 bytes, which are the 4-byte registers 8 to 11; a key of several fields lies in consecutive ones.
enum PacketFilterExpressions {
    /// The families of addresses, as `meta nfproto` tells them.
    enum Family: UInt8 {
        case ipv4 = 2
        case ipv6 = 10

        /// How many bytes an address has.
        var addressLength: UInt32 { self == .ipv4 ? 4 : 16 }
        var sourceOffset: UInt32 { self == .ipv4 ? 12 : 8 }
        var destinationOffset: UInt32 { self == .ipv4 ? 16 : 24 }
    }

    /// What a rule may decide, as the kernel's numbers.
    enum Verdict: Int32 {
        case drop = 0
        case accept = 1
        case `return` = -5
    }

    /// Only packets of one family go on in the rule.
    static func isFamily(_ family: Family) -> [UInt8] {
        meta(15, register: 1) + compare(register: 1, isEqual: true, [family.rawValue])
    }

    /// The interface a packet came in by.
    static func comesFrom(_ interface: String, isEqual: Bool = true) -> [UInt8] {
        meta(6, register: 1) + compare(register: 1, isEqual: isEqual, padded(interface))
    }

    /// The interface a packet leaves by.
    static func leavesBy(_ interface: String, isEqual: Bool = true) -> [UInt8] {
        meta(7, register: 1) + compare(register: 1, isEqual: isEqual, padded(interface))
    }

    /// The source address is one of a subnet.
    static func source(_ family: Family, in base: [UInt8], mask: [UInt8]) -> [UInt8] {
        payload(base: 1, offset: family.sourceOffset, length: family.addressLength, register: 1)
            + masked(mask) + compare(register: 1, isEqual: true, base)
    }

    /// The destination address is one of a subnet.
    static func destination(_ family: Family, in base: [UInt8], mask: [UInt8]) -> [UInt8] {
        payload(base: 1, offset: family.destinationOffset, length: family.addressLength, register: 1)
            + masked(mask) + compare(register: 1, isEqual: true, base)
    }

    /// The destination is an address of the host's.
    static let destinationIsLocal: [UInt8] =
        // NFT_FIB_RESULT_ADDRTYPE of the destination; RTN_LOCAL is 2.
        expression("fib", number(1, 1) + number(2, 3) + number(3, 2))
        + compare(register: 1, isEqual: true, NetlinkMessage.native(UInt32(2)))

    /// The packet belongs to a connection that was seen before, or to one that such a one announced.
    static let isEstablished: [UInt8] = connection(key: 0, bits: 1 << 1 | 1 << 2)

    /// The packet belongs to a connection whose destination was translated: IPS_DST_NAT.
    static let isTranslated: [UInt8] = connection(key: 2, bits: 1 << 5)

    /// Sends what matches to the address and port that a map has for its protocol and port, or goes on without a match.
    static func translate(_ family: Family, by map: String) -> [UInt8] {
        meta(16, register: 8) + payload(base: 2, offset: 2, length: 2, register: 9)
            + lookUp(map, key: 8) + translate(family)
    }

    /// The same for a map whose keys begin with the address of the host's.
    static func translate(_ family: Family, byAddressIn map: String) -> [UInt8] {
        let words = family.addressLength / 4
        return payload(base: 1, offset: family.destinationOffset, length: family.addressLength, register: 8)
            + meta(16, register: 8 + words) + payload(base: 2, offset: 2, length: 2, register: 9 + words)
            + lookUp(map, key: 8) + translate(family)
    }

    /// Gives the packet the address of the interface it leaves by.
    static let masquerade: [UInt8] = expression("masq", [])

    /// Ends the chain.
    static func verdict(_ verdict: Verdict) -> [UInt8] {
        // NFTA_DATA_VERDICT { NFTA_VERDICT_CODE } into the verdict register 0.
        let code = NetlinkMessage.attribute(1, NetlinkMessage.network(verdict.rawValue))
        return expression("immediate", number(1, 0) + NetlinkMessage.nested(2, NetlinkMessage.nested(2, code)))
    }

    /// NFTA_DATA_VALUE inside an attribute.
    static func value(_ type: UInt16, _ bytes: [UInt8]) -> [UInt8] {
        NetlinkMessage.nested(type, NetlinkMessage.attribute(1, bytes))
    }

    private static func translate(_ family: Family) -> [UInt8] {
        // NAT type 1 is of the destination; the map's value begins in register 8: the address, then the port.
        expression(
            "nat",
            number(1, 1) + number(2, UInt32(family.rawValue)) + number(3, 8)
                + number(5, 8 + family.addressLength / 4)
        )
    }

    private static func lookUp(_ map: String, key: UInt32) -> [UInt8] {
        expression("lookup", NetlinkMessage.attribute(1, NetlinkMessage.text(map)) + number(2, key) + number(3, 8))
    }

    private static func connection(key: UInt32, bits: UInt32) -> [UInt8] {
        expression("ct", number(1, 1) + number(2, key)) + masked(NetlinkMessage.native(bits))
            + compare(register: 1, isEqual: false, [0, 0, 0, 0])
    }

    private static func meta(_ key: UInt32, register: UInt32) -> [UInt8] {
        expression("meta", number(2, key) + number(1, register))
    }

    private static func payload(base: UInt32, offset: UInt32, length: UInt32, register: UInt32) -> [UInt8] {
        expression("payload", number(1, register) + number(2, base) + number(3, offset) + number(4, length))
    }

    /// Register 1 and a mask.
    private static func masked(_ mask: [UInt8]) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: mask.count)
        return expression(
            "bitwise",
            number(1, 1) + number(2, 1) + number(3, UInt32(mask.count)) + value(4, mask) + value(5, zeros)
        )
    }

    private static func compare(register: UInt32, isEqual: Bool, _ bytes: [UInt8]) -> [UInt8] {
        expression("cmp", number(1, register) + number(2, isEqual ? 0 : 1) + value(3, bytes))
    }

    /// An interface's name fills all 16 bytes, zeros included.
    private static func padded(_ interface: String) -> [UInt8] {
        let name = Array(interface.utf8.prefix(15))
        return name + [UInt8](repeating: 0, count: 16 - name.count)
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
}
