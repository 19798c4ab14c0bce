/// One member of a tar stream, with names as the raw bytes they are.
public struct TarEntry: Equatable, Sendable {
    /// What kind of file a member is.
    public enum Kind: Equatable, Sendable {
        /// A regular file.
        case file
        /// Another name of an earlier member.
        case hardLink
        /// A symbolic link.
        case symbolicLink
        /// A character device.
        case characterDevice
        /// A block device.
        case blockDevice
        /// A directory.
        case directory
        /// A named pipe.
        case fifo
    }

    /// The name, without a leading `./` or trailing slash unless the stream had them.
    public var path: [UInt8]
    /// What it is.
    public var kind: Kind
    /// Permission bits with setuid, setgid and sticky, at most `0o7777`.
    public var mode: UInt32 = 0o644
    /// Owner.
    public var userID: UInt32 = 0
    /// Group.
    public var groupID: UInt32 = 0
    /// Bytes of content; for a sparse file the size after expansion.
    public var size: UInt64 = 0
    /// Modification time in seconds since 1970.
    public var modificationTime: Int64 = 0
    /// Nanoseconds past `modificationTime`; read from foreign streams, never written.
    public var modificationNanoseconds: UInt32 = 0
    /// Where a hard or symbolic link points.
    public var linkTarget: [UInt8] = []
    /// The device's major number.
    public var deviceMajor: UInt32 = 0
    /// The device's minor number.
    public var deviceMinor: UInt32 = 0
    /// Extended attributes in stream order.
    public var extendedAttributes: [ExtendedAttribute] = []

    /// Makes an entry with the defaults of an empty file owned by root.
    public init(path: [UInt8], kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// Makes an entry with a name given as text.
    public init(_ path: String, kind: Kind) {
        self.init(path: Array(path.utf8), kind: kind)
    }
}
