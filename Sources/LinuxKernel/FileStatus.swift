internal import CLinux
internal import Diagnostics
internal import Glibc

/// What `stat` knows about a file, as plain numbers.
public struct FileStatus: Equatable, Hashable, Sendable {
    /// The kinds of file there are.
    public enum Kind: UInt8, Sendable {
        /// A regular file.
        case regular
        /// A directory.
        case directory
        /// A symbolic link.
        case symbolicLink
        /// A character device.
        case characterDevice
        /// A block device.
        case blockDevice
        /// A named pipe.
        case fifo
        /// A socket in the file system.
        case socket
        /// Something this package does not know.
        case unknown
    }

    /// A point in time as the file system keeps it.
    public struct Timestamp: Equatable, Hashable, Comparable, Sendable {
        /// Seconds since 1970; may be negative.
        public var seconds: Int64
        /// The nanoseconds within that second.
        public var nanoseconds: Int64

        /// Makes a time from its two parts.
        public init(seconds: Int64, nanoseconds: Int64) {
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }

        /// Whether the left time is before the right.
        public static func < (left: Self, right: Self) -> Bool {
            (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
        }
    }

    /// The device that holds the file.
    public var device: UInt64
    /// The inode within the device.
    public var inode: UInt64
    /// What kind of file it is.
    public var kind: Kind
    /// Permission bits with set-id and sticky bits, without the kind.
    public var permissions: UInt32
    /// The number of names.
    public var links: UInt64
    /// The owner.
    public var user: UInt32
    /// The owning group.
    public var group: UInt32
    /// The size in bytes.
    public var size: Int64
    /// The space taken on disk, in bytes.
    public var allocated: Int64
    /// The device number, for device nodes.
    public var deviceNumber: UInt64
    /// When the content last changed.
    public var modified: Timestamp
    /// When the inode last changed; nobody can set it at will.
    public var changed: Timestamp

    init(_ raw: stat) {
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            default: .unknown
            }
        permissions = UInt32(raw.st_mode & 0o7777)
        links = UInt64(raw.st_nlink)
        user = raw.st_uid
        group = raw.st_gid
        size = Int64(raw.st_size)
        allocated = Int64(raw.st_blocks) * 512
        deviceNumber = UInt64(raw.st_rdev)
        modified = Timestamp(seconds: Int64(raw.st_mtim.tv_sec), nanoseconds: Int64(raw.st_mtim.tv_nsec))
        changed = Timestamp(seconds: Int64(raw.st_ctim.tv_sec), nanoseconds: Int64(raw.st_ctim.tv_nsec))
    }

    /// The major and minor number of a device node.
    public var majorMinor: (major: UInt32, minor: UInt32) {
        let major = UInt32((deviceNumber >> 8) & 0xfff) | UInt32((deviceNumber >> 32) & 0xffff_f000)
        let minor = UInt32(deviceNumber & 0xff) | UInt32((deviceNumber >> 12) & 0xffff_ff00)
        return (major, minor)
    }

    /// Packs a device number as the C library does (`makedev` is a macro, which Swift cannot call).
    public static func deviceNumber(major: UInt32, minor: UInt32) -> UInt64 {
        let (major, minor) = (UInt64(major), UInt64(minor))
        return minor & 0xff | (major & 0xfff) << 8 | (minor & 0xffff_ff00) << 12 | (major & 0xffff_f000) << 32
    }

    /// Looks at an open file.
    public static func of(_ file: borrowing OwnedFD) throws(SyscallError) -> FileStatus {
        try of(descriptor: file.raw)
    }

    /// Looks at an open file by its number.
    public static func of(descriptor: Int32) throws(SyscallError) -> FileStatus {
        var raw = stat()
        try check("look at descriptor \(descriptor)") { fstat(descriptor, &raw) }
        return FileStatus(raw)
    }

    /// Looks at a path of the host's.
    public static func of(path: String, followFinalLink: Bool = true) throws(SyscallError) -> FileStatus {
        var raw = stat()
        try check("look at", path) {
            FileName.withCString(path) { fstatat(AT_FDCWD, $0, &raw, followFinalLink ? 0 : AT_SYMLINK_NOFOLLOW) }
        }
        return FileStatus(raw)
    }

    /// Looks at one name in a directory, never through a symbolic link.
    public static func of(name: String, in directory: borrowing OwnedFD) throws(SyscallError) -> FileStatus {
        var raw = stat()
        let descriptor = directory.raw
        try check("look at", name) {
            FileName.withCString(name) { fstatat(descriptor, $0, &raw, AT_SYMLINK_NOFOLLOW) }
        }
        return FileStatus(raw)
    }
}
