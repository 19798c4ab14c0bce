/// A device node of the host's.
public struct HostNode: Hashable, Sendable {
    /// Where it is, seen from the host's root.
    public var path: String
    /// `c` or `b`.
    public var type: String
    /// The driver's number.
    public var major: UInt32
    /// The device's number.
    public var minor: UInt32
    /// The permission bits.
    public var mode: UInt32
    /// The owner.
    public var user: UInt32
    /// The group; many AMD and Intel nodes are open to theirs only.
    public var group: UInt32

    /// Describes a node.
    public init(
        path: String,
        type: String = "c",
        major: UInt32,
        minor: UInt32,
        mode: UInt32 = 0o666,
        user: UInt32 = 0,
        group: UInt32 = 0
    ) {
        self.path = path
        self.type = type
        self.major = major
        self.minor = minor
        self.mode = mode
        self.user = user
        self.group = group
    }
}
