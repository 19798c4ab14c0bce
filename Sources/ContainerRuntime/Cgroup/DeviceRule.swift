/// A rule of the device cgroup: which devices may, or may not, be read, written or made.
public struct DeviceRule: Codable, Hashable, Sendable {
    /// The kinds of devices a rule is about.
    public enum Kind: String, Codable, Sendable {
        /// Character and block devices.
        case all = "a"
        /// Character devices.
        case character = "c"
        /// Block devices.
        case block = "b"
    }

    /// Whether the rule permits or forbids.
    public var allows: Bool
    /// The kind of device.
    public var kind: Kind
    /// The major number; nil is any.
    public var major: UInt32?
    /// The minor number; nil is any.
    public var minor: UInt32?
    /// Some of `r`, `w` and `m` (mknod).
    public var access: String

    /// Makes a rule.
    public init(allows: Bool, kind: Kind, major: UInt32? = nil, minor: UInt32? = nil, access: String = "rwm") {
        self.allows = allows
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// Docker's default: any node may be made, and those every container has may be used.
    public static let standard: [DeviceRule] =
        [
            DeviceRule(allows: false, kind: .all),
            DeviceRule(allows: true, kind: .character, access: "m"),
            DeviceRule(allows: true, kind: .block, access: "m"),
        ]
        // null, zero, full, random, urandom; tty, console, ptmx; pseudo-terminals
        + [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2), (136, nil)].map {
            DeviceRule(allows: true, kind: .character, major: $0.0, minor: $0.1)
        }

    /// The rule as the files `devices.allow` and `devices.deny` of cgroup v1 want it.
    var line: String {
        let numbers = [major, minor].map { $0.map(String.init) ?? "*" }.joined(separator: ":")
        return "\(kind.rawValue) \(numbers) \(access)"
    }
}
