/// The full name of a device of the container device interface, `vendor/class=name`.
public struct DeviceName: Hashable, Sendable, CustomStringConvertible {
    /// The vendor, such as `nvidia.com`.
    public let vendor: String
    /// The class, such as `gpu`.
    public let deviceClass: String
    /// The name within the class.
    public let name: String

    /// Reads a name; nil where the text is none.
    public init?(_ text: String) {
        guard let equals = text.firstIndex(of: "="), let kind = Kind(String(text[..<equals])) else { return nil }
        let name = String(text[text.index(after: equals)...])
        guard Self.isName(name) else { return nil }
        vendor = kind.vendor
        deviceClass = kind.deviceClass
        self.name = name
    }

    /// The vendor and the class, as a specification has them.
    public var kind: String { "\(vendor)/\(deviceClass)" }

    /// The whole name.
    public var description: String { "\(kind)=\(name)" }

    /// The two parts of a specification's `kind`.
    struct Kind {
        var vendor: String
        var deviceClass: String

        init?(_ text: String) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, Self.isPart(parts[0]), Self.isPart(parts[1]) else { return nil }
            vendor = parts[0]
            deviceClass = parts[1]
        }

        private static func isPart(_ text: String) -> Bool {
            guard let first = text.utf8.first, let last = text.utf8.last, isLetter(first),
                isLetter(last) || isDigit(last)
            else { return false }
            return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-.".utf8.contains($0) }
        }
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last, isLetter(first) || isDigit(first),
            isLetter(last) || isDigit(last)
        else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-.:".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
