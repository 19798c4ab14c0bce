/// How mounts of the host reach a container.
public enum Propagation: UInt8, Sendable {
    /// Not at all.
    case isolated = 0
    /// New mounts of the host appear in the container, never the other way round.
    case slave = 1
    /// Both ways; only for a bind whose source is shared.
    case shared = 2
    /// Not at all, and the mount cannot be bound elsewhere.
    case unbindable = 3
}

/// Attributes of a mount, in the kernel's `MOUNT_ATTR_*` bits.
public struct MountFlags: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt32

    /// Makes a set from the kernel's bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// `ro`: nothing can be changed through this mount.
    public static let readOnly = MountFlags(rawValue: 0x1)
    /// `nosuid`: set-id bits and file capabilities do not count.
    public static let noSetUserID = MountFlags(rawValue: 0x2)
    /// `nodev`: device nodes do not work.
    public static let noDevices = MountFlags(rawValue: 0x4)
    /// `noexec`: nothing can be executed.
    public static let noExecution = MountFlags(rawValue: 0x8)
    /// `noatime`: access times are not kept.
    public static let noAccessTime = MountFlags(rawValue: 0x10)
    /// `strictatime`: access times are always kept.
    public static let strictAccessTime = MountFlags(rawValue: 0x20)
    /// `nodiratime`: access times of directories are not kept.
    public static let noDirectoryAccessTime = MountFlags(rawValue: 0x80)
    /// `nosymfollow`: links are not followed.
    public static let noSymbolicLinks = MountFlags(rawValue: 0x20_0000)
}

/// A container's root as a union of layers.
public struct OverlayRoot: Equatable, Sendable {
    /// The lower directories on the host, topmost first; at least one.
    public var lower: [String]
    /// The directory on the host that receives changes; nil makes the root read-only.
    public var upper: String?
    /// The overlay's own directory on the file system of ``upper``.
    public var work: String?
    /// Whether nothing is synced to disk: right for build steps, whose upper directory is thrown away on a crash.
    public var volatile: Bool
    /// Whether the overlay keeps its marks in `user.overlay.*`, as it must inside a user namespace.
    public var userAttributes: Bool

    /// Makes a root.
    public init(
        lower: [String],
        upper: String?,
        work: String?,
        volatile: Bool = false,
        userAttributes: Bool = false
    ) {
        self.lower = lower
        self.upper = upper
        self.work = work
        self.volatile = volatile
        self.userAttributes = userAttributes
    }
}

/// A new instance of a file system.
public struct FilesystemMount: Equatable, Sendable {
    /// The kernel's name of the type, such as `proc`, `tmpfs` or `cgroup2`.
    public var type: String
    /// Where it goes; a missing mount point is made.
    public var target: String
    /// Options of the file system itself, each `key=value` or `key`.
    public var options: [String]
    /// Attributes of the mount.
    public var flags: MountFlags
    /// Whether the new file system begins with what the directory below it holds.
    public var copiesUp: Bool
    /// How mounts below it spread.
    public var propagation: Propagation

    /// Makes a mount.
    public init(
        type: String,
        target: String,
        options: [String] = [],
        flags: MountFlags = [],
        copiesUp: Bool = false,
        propagation: Propagation = .isolated
    ) {
        self.type = type
        self.target = target
        self.options = options
        self.flags = flags
        self.copiesUp = copiesUp
        self.propagation = propagation
    }
}

/// A file or directory of the host's inside the container.
public struct BindMount: Equatable, Sendable {
    /// The source on the host; with ``sourceBeneath``, the directory that it lies in.
    public var source: String
    /// A path below ``source`` that may be hostile, and is resolved without ever leaving it (CVE-2024-23651).
    public var sourceBeneath: String?
    /// Where it goes; a missing mount point is made as a file or directory, like the source.
    public var target: String
    /// Whether mounts below the source come along.
    public var recursive: Bool
    /// Attributes to add to the mount itself.
    public var flags: MountFlags
    /// Attributes to add, on all mounts that come along.
    public var recursiveFlags: MountFlags = []
    /// Attributes to take away, from all mounts that come along.
    public var recursivelyCleared: MountFlags = []
    /// How later mounts spread.
    public var propagation: Propagation
    /// Which of the mounts that the parent passed along this is, in place of one made from ``source``.
    public var passedMount: UInt32?

    /// Makes a bind.
    public init(
        source: String,
        sourceBeneath: String? = nil,
        target: String,
        recursive: Bool = true,
        flags: MountFlags = [],
        propagation: Propagation = .isolated
    ) {
        self.source = source
        self.sourceBeneath = sourceBeneath
        self.target = target
        self.recursive = recursive
        self.flags = flags
        self.propagation = propagation
    }

    var displayedSource: String {
        guard let sourceBeneath else { return source }
        return sourceBeneath.hasPrefix("/") ? source + sourceBeneath : "\(source)/\(sourceBeneath)"
    }
}

/// A file or directory of a union of the host's directories inside the container.
///
/// The union is mounted by the process itself, so that no path and no descriptor of it exists anywhere else.
public struct OverlayBind: Equatable, Sendable {
    /// The union.
    public var overlay: OverlayRoot
    /// A path in it that may be hostile, and is resolved without ever leaving it (CVE-2024-1753).
    public var beneath: String
    /// Where it goes; a missing mount point is made as a file or directory, like the source.
    public var target: String
    /// Attributes of the mount.
    public var flags: MountFlags

    /// Makes a bind.
    public init(overlay: OverlayRoot, beneath: String, target: String, flags: MountFlags = []) {
        self.overlay = overlay
        self.beneath = beneath
        self.target = target
        self.flags = flags
    }
}

/// A directory to make.
public struct DirectoryRequest: Equatable, Sendable {
    /// The path.
    public var path: String
    /// Permission bits of what is made.
    public var mode: UInt32
    /// The owner of what is made.
    public var user: UInt32
    /// The group of what is made.
    public var group: UInt32

    /// Makes a request.
    public init(path: String, mode: UInt32 = 0o755, user: UInt32 = 0, group: UInt32 = 0) {
        self.path = path
        self.mode = mode
        self.user = user
        self.group = group
    }
}

/// A device node to make.
public struct DeviceNode: Equatable, Sendable {
    /// The kinds of device node.
    public enum Kind: UInt8, Sendable {
        /// A character device.
        case character = 0
        /// A block device.
        case block = 1
        /// A named pipe.
        case fifo = 2
    }

    /// Where it goes.
    public var path: String
    /// Its kind.
    public var kind: Kind
    /// The driver's number.
    public var major: UInt32
    /// The device's number.
    public var minor: UInt32
    /// Permission bits.
    public var mode: UInt32
    /// The owner.
    public var user: UInt32
    /// The group.
    public var group: UInt32
    /// The same device on the host, bound where nodes may not be made; nil means `path`.
    public var hostPath: String?

    /// Makes a node.
    public init(
        path: String,
        kind: Kind = .character,
        major: UInt32,
        minor: UInt32,
        mode: UInt32 = 0o666,
        user: UInt32 = 0,
        group: UInt32 = 0,
        hostPath: String? = nil
    ) {
        self.path = path
        self.kind = kind
        self.major = major
        self.minor = minor
        self.mode = mode
        self.user = user
        self.group = group
        self.hostPath = hostPath
    }
}

/// A terminal of the container's own.
public struct TerminalRequest: Equatable, Sendable {
    /// Its height in characters.
    public var rows: UInt16
    /// Its width in characters.
    public var columns: UInt16
    /// Whether it is also mounted at `/dev/console`, as the main process's is.
    public var isConsole: Bool
    /// Its owner.
    public var user: UInt32

    /// Makes a request.
    public init(rows: UInt16, columns: UInt16, isConsole: Bool, user: UInt32 = 0) {
        self.rows = rows
        self.columns = columns
        self.isConsole = isConsole
        self.user = user
    }
}
