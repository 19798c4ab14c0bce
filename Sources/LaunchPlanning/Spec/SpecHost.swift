/// What the machine offers, as far as a container's specification depends on it.
public struct SpecHost: Hashable, Sendable {
    /// The kinds of control groups.
    public enum CgroupKind: Hashable, Sendable {
        /// None is mounted.
        case none
        /// Version 1, perhaps with a version 2 beside it.
        case legacy
        /// Version 2.
        case unified
    }

    /// The kernel's version.
    public var kernel: KernelVersion
    /// The processor architecture in Go's name.
    public var platform: String
    /// The capabilities that this process can give away.
    public var boundingCapabilities: Set<Capability>
    /// The kind of control groups.
    public var cgroups: CgroupKind
    /// The `thermal_throttle` directories of the processors, which tell neighbours apart (GHSA-6fw5-f8r9-fgfm).
    public var thermalThrottlePaths: [String]
    /// Every device node of the host's `/dev`; needed for privileged containers only.
    public var devices: [HostDevice]
    /// Whether llmbox is root in a user namespace only, where the kernel's file systems belong to somebody else.
    public var isRootless = false
    /// Whether the group of terminals, 5, exists.
    public var hasTerminalGroup = true

    /// Whether the host has its message queues mounted, as most have.
    public var hasMessageQueues = true

    /// Makes a description.
    public init(
        kernel: KernelVersion,
        platform: String,
        boundingCapabilities: Set<Capability>,
        cgroups: CgroupKind,
        thermalThrottlePaths: [String] = [],
        devices: [HostDevice] = []
    ) {
        self.kernel = kernel
        self.platform = platform
        self.boundingCapabilities = boundingCapabilities
        self.cgroups = cgroups
        self.thermalThrottlePaths = thermalThrottlePaths
        self.devices = devices
    }
}

/// A device node of the host's.
public struct HostDevice: Codable, Hashable, Sendable {
    /// Where it is on the host.
    public var hostPath: String
    /// Where it appears inside.
    public var containerPath: String
    /// `c` or `b`.
    public var type: String
    /// The major number.
    public var major: Int64
    /// The minor number.
    public var minor: Int64
    /// A text of `r`, `w` and `m`: what the control group permits.
    public var access: String
    /// The permission bits.
    public var mode: UInt32
    /// The owner, whose number is the same inside.
    public var user: UInt32
    /// The group.
    public var group: UInt32

    /// Makes a description.
    public init(
        hostPath: String,
        containerPath: String,
        type: String,
        major: Int64,
        minor: Int64,
        access: String = "rwm",
        mode: UInt32 = 0o666,
        user: UInt32 = 0,
        group: UInt32 = 0
    ) {
        (self.mode, self.user, self.group) = (mode, user, group)
        self.hostPath = hostPath
        self.containerPath = containerPath
        self.type = type
        self.major = major
        self.minor = minor
        self.access = access
    }
}
