/// The place of a device on the PCI bus.
///
/// The kernel writes `0000:1a:00.0`, NVIDIA's library `00000000:1A:00.0`; both are the same place.
public struct BusAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The domain.
    public let domain: UInt32
    /// The bus.
    public let bus: UInt32
    /// The slot.
    public let device: UInt32
    /// The function.
    public let function: UInt32

    /// Reads `[domain:]bus:device.function` in hexadecimal digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last, (2...3).contains(parts.count) else { return nil }
        let end = last.split(separator: ".", omittingEmptySubsequences: false)
        guard end.count == 2,
            let domain = parts.count == 3 ? UInt32(parts[0], radix: 16) : 0,
            let bus = UInt32(parts[parts.count - 2], radix: 16),
            let device = UInt32(end[0], radix: 16),
            let function = UInt32(end[1], radix: 16)
        else { return nil }
        self.domain = domain
        self.bus = bus
        self.device = device
        self.function = function
    }

    /// The address as the kernel names its directories.
    public var description: String {
        "\(Self.hex(domain, 4)):\(Self.hex(bus, 2)):\(Self.hex(device, 2)).\(Self.hex(function, 1))"
    }

    /// The order of the bus, which is NVIDIA's order of indexes too.
    public static func < (left: BusAddress, right: BusAddress) -> Bool {
        (left.domain, left.bus, left.device, left.function) < (right.domain, right.bus, right.device, right.function)
    }

    private static func hex(_ number: UInt32, _ digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
