internal import Glibc

/// An IPv6 address.
public struct IPv6Address: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The first eight bytes as a number, most significant byte first.
    public let high: UInt64
    /// The last eight bytes.
    public let low: UInt64

    /// Joins two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the usual text forms, without brackets and without a zone; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, String(text), &bytes) == 1 else { return nil }
        self.init(bytes: bytes)
    }

    /// Takes 16 bytes in network order.
    init(bytes: [UInt8]) {
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The host's own loopback address, `::1`.
    public static let loopback = IPv6Address(high: 0, low: 1)

    /// Whether this is the host's own loopback address.
    public var isLoopback: Bool { self == Self.loopback }

    /// Whether this stands for all addresses.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// The sixteen bytes in network order.
    public var bytes: [UInt8] {
        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
    }

    /// The shortest text form.
    public var description: String {
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(AF_INET6, bytes, &text, socklen_t(text.count)) != nil else { return "::" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Orders by value.
    public static func < (left: IPv6Address, right: IPv6Address) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    /// The address that is `count` further.
    func advanced(by count: UInt64) -> IPv6Address {
        let (sum, overflow) = low.addingReportingOverflow(count)
        return IPv6Address(high: overflow ? high &+ 1 : high, low: sum)
    }
}

extension IPv6Address: TextCodable {
    /// What the text is of.
    public static let noun = "an IPv6 address"
}

/// The IPv6 addresses that share their leading bits.
public struct IPv6Subnet: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The first address.
    public let base: IPv6Address
    /// How many leading bits are shared.
    public let prefixLength: UInt8

    /// Takes any address of the subnet.
    public init(_ address: IPv6Address, prefixLength: UInt8) {
        self.prefixLength = min(prefixLength, 128)
        let mask = Self.mask(self.prefixLength)
        base = IPv6Address(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Reads `fd00::/64`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv6Address(parts[0]), let length = UInt8(parts[1]), length <= 128 else {
            return nil
        }
        self.init(address, prefixLength: length)
    }

    /// The first usable address, which the bridge takes.
    public var gateway: IPv6Address { base.advanced(by: 1) }

    /// The mask's bytes.
    var maskBytes: [UInt8] { Self.mask(prefixLength).bytes }

    /// Whether the address is one of these.
    public func contains(_ address: IPv6Address) -> Bool {
        IPv6Subnet(address, prefixLength: prefixLength).base == base
    }

    /// Whether any address belongs to both.
    public func overlaps(_ other: IPv6Subnet) -> Bool { contains(other.base) || other.contains(base) }

    /// The text form.
    public var description: String { "\(base)/\(prefixLength)" }

    private static func mask(_ length: UInt8) -> IPv6Address {
        let bits = UInt64(length)
        let high: UInt64 = bits == 0 ? 0 : bits >= 64 ? ~0 : ~0 << (64 - bits)
        let low: UInt64 = bits <= 64 ? 0 : ~0 << (128 - bits)
        return IPv6Address(high: high, low: low)
    }
}
