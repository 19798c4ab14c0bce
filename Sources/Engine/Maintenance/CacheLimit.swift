internal import LaunchPlanning

/// How much build cache a prune leaves, in docker's and buildx's words.
public struct CacheLimit: Equatable, Sendable {
    /// `--reserved-space` and `--keep-storage`: so many bytes always may stay.
    public var reserved: UInt64 = 0
    /// `--max-used-space`: no more bytes than that stay.
    public var maximum: UInt64 = 0
    /// `--min-free-space`: so many bytes of the disk are to be free.
    public var minimumFree: UInt64 = 0

    /// Leaves nothing.
    public init() {}

    /// Reads the options; nil where none is given or all are 0, which leaves nothing.
    ///
    /// - Throws: An error that names the option whose value is no size.
    public init?(keepStorage: String?, reserved: String?, maximum: String?, minimumFree: String?) throws {
        func size(_ text: String?, _ option: String) throws -> UInt64 {
            try text.map { UInt64(clamping: try ByteSize.parse($0, option: option)) } ?? 0
        }
        self.reserved = try max(size(keepStorage, "--keep-storage"), size(reserved, "--reserved-space"))
        self.maximum = try size(maximum, "--max-used-space")
        self.minimumFree = try size(minimumFree, "--min-free-space")
        if self == CacheLimit() { return nil }
    }

    /// How many bytes may stay where the cache takes `total` and the disk has `free`; 0 for none.
    public func kept(total: UInt64, free: UInt64) -> UInt64 {
        var kept = maximum
        if minimumFree > free {
            let excess = minimumFree - free
            let rest = total > excess ? total - excess : 0
            kept = kept == 0 ? rest : min(kept, rest)
        } else if minimumFree > 0, maximum == 0 {
            // The disk is free enough: there is nothing to do.
            kept = total
        }
        return max(kept, reserved)
    }
}
