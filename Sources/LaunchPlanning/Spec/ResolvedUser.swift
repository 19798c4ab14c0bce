/// Who a process runs as, in numbers.
public struct ResolvedUser: Codable, Hashable, Sendable {
    /// The user.
    public var uid: UInt32
    /// The primary group.
    public var gid: UInt32
    /// The supplementary groups, the primary one first.
    public var additionalGids: [UInt32]
    /// The home directory.
    public var home: String

    /// Makes a user; root by default.
    public init(uid: UInt32 = 0, gid: UInt32 = 0, additionalGids: [UInt32] = [], home: String = "/root") {
        self.uid = uid
        self.gid = gid
        self.additionalGids = additionalGids
        self.home = home
    }
}
