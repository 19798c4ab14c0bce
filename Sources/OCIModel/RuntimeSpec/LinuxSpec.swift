/// What a container has of Linux's own.
///
/// Source: OCI runtime-spec 1.2, config-linux.md.
public struct LinuxSpec: Codable, Hashable, Sendable {
    /// The user IDs of a user namespace.
    public var uidMappings: [IDMappingSpec]?
    /// The group IDs of a user namespace.
    public var gidMappings: [IDMappingSpec]?
    /// Kernel parameters.
    public var sysctl: [String: String]?
    /// What the control groups enforce.
    public var resources: LinuxResources?
    /// The control group, below the hierarchies' roots.
    public var cgroupsPath: String?
    /// The namespaces.
    public var namespaces: [LinuxNamespace]?
    /// Device nodes besides the default ones.
    public var devices: [LinuxDevice]?
    /// The system call filter.
    public var seccomp: LinuxSeccomp?
    /// The propagation of the root mount.
    public var rootfsPropagation: String?
    /// Paths that read as empty.
    public var maskedPaths: [String]?
    /// Paths that cannot be written.
    public var readonlyPaths: [String]?
    /// The SELinux label of the mounts.
    public var mountLabel: String?
    /// The execution domain.
    public var personality: LinuxPersonality?
    /// How far the clocks of a time namespace are from the host's, by `monotonic` and `boottime`.
    public var timeOffsets: [String: LinuxTimeOffset]?
    /// Cache and memory bandwidth of Intel's processors.
    public var intelRdt: LinuxIntelRdt?

    /// Makes an empty part.
    public init() {}
}

/// An execution domain, `personality(2)`.
public struct LinuxPersonality: Codable, Hashable, Sendable {
    /// `LINUX` or `LINUX32`.
    public var domain: String
    /// Further flags; none is defined yet.
    public var flags: [String]?

    /// Makes a domain.
    public init(domain: String) {
        self.domain = domain
    }
}

/// How far a clock is from the host's.
public struct LinuxTimeOffset: Codable, Hashable, Sendable {
    /// Whole seconds.
    public var secs: Int64?
    /// The rest.
    public var nanosecs: UInt32?

    /// Makes no offset.
    public init() {}
}

/// That a share of a processor's caches is asked for.
public struct LinuxIntelRdt: Codable, Hashable, Sendable {
    /// The class of service; one of the container's own without it.
    public var closID: String?
    /// Lines of the class's `schemata`, written after the others.
    public var schemata: [String]?
    /// The line of the caches, as `L3:0=ff;1=ff`.
    public var l3CacheSchema: String?
    /// The line of the memory's bandwidth, as `MB:0=50`.
    public var memBwSchema: String?
    /// Whether the use of caches is counted.
    public var enableCMT: Bool?
    /// Whether the use of the memory's bandwidth is counted.
    public var enableMBM: Bool?
    /// Whether both are counted.
    public var enableMonitoring: Bool?

    /// Makes a request.
    public init() {}
}

/// A range of IDs in a user namespace.
public struct IDMappingSpec: Codable, Hashable, Sendable {
    /// The first ID inside.
    public var containerID: UInt32
    /// The first ID outside.
    public var hostID: UInt32
    /// How many.
    public var size: UInt32

    /// Makes a range.
    public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
        self.containerID = containerID
        self.hostID = hostID
        self.size = size
    }
}

/// One namespace: new, or an existing one by path.
public struct LinuxNamespace: Codable, Hashable, Sendable {
    /// Which.
    public var type: Kind
    /// The existing namespace to join; a new one when nil.
    public var path: String?

    /// The kinds of namespace.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// Process numbers.
        case pid
        /// Network.
        case network
        /// Mounts.
        case mount
        /// System V IPC and POSIX message queues.
        case ipc
        /// Host and domain name.
        case uts
        /// User and group numbers, and capabilities.
        case user
        /// Control groups.
        case cgroup
        /// Boot and monotonic clocks.
        case time
    }

    /// Makes a namespace.
    public init(_ type: Kind, path: String? = nil) {
        self.type = type
        self.path = path
    }
}

/// A device node.
public struct LinuxDevice: Codable, Hashable, Sendable {
    /// `c`, `b`, `u` or `p`.
    public var type: String
    /// Where, inside.
    public var path: String
    /// The major number.
    public var major: Int64?
    /// The minor number.
    public var minor: Int64?
    /// The permission bits.
    public var fileMode: UInt32?
    /// The owner.
    public var uid: UInt32?
    /// The group.
    public var gid: UInt32?

    /// Makes a node.
    public init(type: String, path: String, major: Int64, minor: Int64, fileMode: UInt32 = 0o666) {
        self.type = type
        self.path = path
        self.major = major
        self.minor = minor
        self.fileMode = fileMode
        uid = 0
        gid = 0
    }
}
