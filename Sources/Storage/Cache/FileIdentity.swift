public import Glibc

/// What identifies a file's content without reading it: if all of it is as before, so is the content.
public struct FileIdentity: Hashable, Sendable {
    /// The filesystem.
    public var device: UInt64
    /// The file on it.
    public var inode: UInt64
    /// Bytes of content.
    public var size: UInt64
    /// Last change of the content, in nanoseconds since 1970.
    public var modified: Int64
    /// Last change of content or attributes, in nanoseconds since 1970; no program can set it.
    public var changed: Int64

    /// Makes an identity.
    public init(device: UInt64, inode: UInt64, size: UInt64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Takes the identity from a file's attributes.
    public init(_ status: stat) {
        self.init(
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            size: UInt64(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec),
            changed: Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        )
    }
}
