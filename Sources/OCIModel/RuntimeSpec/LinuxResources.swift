/// What the control groups of a container enforce.
///
/// Source: OCI runtime-spec 1.2, config-linux.md, "Control groups".
public struct LinuxResources: Codable, Hashable, Sendable {
    /// Rules about device nodes, the last match wins.
    public var devices: [LinuxDeviceRule]?
    /// Memory.
    public var memory: LinuxMemory?
    /// Processor time.
    public var cpu: LinuxCPU?
    /// Tasks.
    public var pids: LinuxPids?

    /// Makes an empty set.
    public init() {}
}

/// A rule about device nodes.
public struct LinuxDeviceRule: Codable, Hashable, Sendable {
    /// Whether the rule permits.
    public var allow: Bool
    /// `a`, `c` or `b`.
    public var type: String?
    /// The major number; any when nil.
    public var major: Int64?
    /// The minor number; any when nil.
    public var minor: Int64?
    /// A text of `r`, `w` and `m`.
    public var access: String?

    /// Makes a rule.
    public init(allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String) {
        self.allow = allow
        self.type = type
        self.major = major
        self.minor = minor
        self.access = access
    }
}

/// Limits of memory, in bytes.
public struct LinuxMemory: Codable, Hashable, Sendable {
    /// The limit.
    public var limit: Int64?
    /// The soft limit.
    public var reservation: Int64?
    /// Memory and swap together; -1 is unlimited.
    public var swap: Int64?
    /// How eagerly the kernel swaps, 0 to 100.
    public var swappiness: UInt64?
    /// Whether tasks wait instead of dying when memory runs out.
    public var disableOOMKiller: Bool?

    /// Makes an empty set.
    public init() {}
}

/// Limits of processor time.
public struct LinuxCPU: Codable, Hashable, Sendable {
    /// The relative weight, 1024 is neutral.
    public var shares: UInt64?
    /// Microseconds per period.
    public var quota: Int64?
    /// The period in microseconds.
    public var period: UInt64?
    /// The processors, as `0-3,5`.
    public var cpus: String?
    /// The memory nodes.
    public var mems: String?

    /// Makes an empty set.
    public init() {}
}

/// A limit of tasks.
public struct LinuxPids: Codable, Hashable, Sendable {
    /// The limit; -1 is unlimited.
    public var limit: Int64

    /// Makes a limit.
    public init(limit: Int64) {
        self.limit = limit
    }
}
