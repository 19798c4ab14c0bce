/// An IPv4 address.
public struct IPv4Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The address as a number, most significant byte first.
    public let number: UInt32

    /// Takes an address as a number.
    public init(_ number: UInt32) { self.number = number }

    /// Reads four decimal numbers with dots; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            // A leading zero would be octal to some readers and decimal to others.
            guard part.utf8.allSatisfy({ (48...57).contains($0) }), part == "0" || part.first != "0",
                let byte = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        self.number = number
    }

    /// The four bytes in network order.
    public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } }

    /// The text form.
    public var description: String { bytes.map(String.init).joined(separator: ".") }

    /// Orders by value.
    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.number < right.number }
}

extension IPv4Address: TextCodable {
    /// What the text is of.
    public static let noun = "an IPv4 address"
}

/// The addresses that share their leading bits.
public struct IPv4Subnet: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The first address.
    public let base: IPv4Address
    /// How many leading bits are shared.
    public let prefixLength: UInt8

    /// Takes any address of the subnet.
    public init(_ address: IPv4Address, prefixLength: UInt8) {
        self.prefixLength = min(prefixLength, 32)
        base = IPv4Address(address.number & Self.mask(self.prefixLength))
    }

    /// Reads `a.b.c.d/n`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]), let length = UInt8(parts[1]), length <= 32 else {
            return nil
        }
        self.init(address, prefixLength: length)
    }

    /// The last address, which is the one for broadcasts.
    public var broadcast: IPv4Address { IPv4Address(base.number | ~Self.mask(prefixLength)) }

    /// The first usable address, which the bridge takes.
    public var gateway: IPv4Address { IPv4Address(base.number + 1) }

    /// The mask's bytes.
    var maskBytes: [UInt8] { IPv4Address(Self.mask(prefixLength)).bytes }

    /// Whether the address is one of these.
    public func contains(_ address: IPv4Address) -> Bool {
        address.number & Self.mask(prefixLength) == base.number
    }

    /// Whether any address belongs to both.
    public func overlaps(_ other: IPv4Subnet) -> Bool {
        contains(other.base) || other.contains(base)
    }

    /// The text form.
    public var description: String { "\(base)/\(prefixLength)" }

    private static func mask(_ length: UInt8) -> UInt32 { length == 0 ? 0 : ~0 << (32 - UInt32(length)) }
}

/// The six bytes of an Ethernet address.
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    /// The bytes in the order they are written.
    public let bytes: [UInt8]

    /// The address Docker would give: locally administered, and made from the IPv4 address, so that neighbours that
    /// remember the old owner of an address are not sent astray when it is given out again.
    public init(for address: IPv4Address) { bytes = [0x02, 0x42] + address.bytes }

    /// Reads six pairs of hexadecimal digits with colons; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { $0.utf8.count == 2 ? UInt8($0, radix: 16) : nil }
        guard bytes.count == 6, parts.count == 6 else { return nil }
        self.bytes = bytes
    }

    /// The text form.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}

extension HardwareAddress: TextCodable {
    /// What the text is of.
    public static let noun = "a hardware address"
}
