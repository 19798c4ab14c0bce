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
    /// Block devices.
    public var blockIO: LinuxBlockIO?
    /// Huge pages.
    public var hugepageLimits: [LinuxHugepageLimit]?
    /// The network classifier of version 1.
    public var network: LinuxNetworkResources?
    /// Handles and objects of adapters for remote memory, by adapter.
    public var rdma: [String: LinuxRdma]?
    /// Values for control files of version 2, by file.
    public var unified: [String: String]?

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
    /// The limit of the kernel's own memory, which no kernel of today keeps apart.
    public var kernel: Int64?
    /// The limit of the kernel's buffers for TCP; version 1 only.
    public var kernelTCP: Int64?
    /// Whether a limit below what is in use already is refused.
    public var checkBeforeUpdate: Bool?

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
    /// Microseconds that may be saved up from earlier periods.
    public var burst: UInt64?
    /// 1 for work that gets only what nobody else wants.
    public var idle: Int64?
    /// Microseconds of real-time work per period; version 1 only.
    public var realtimeRuntime: Int64?
    /// The period of real-time work in microseconds; version 1 only.
    public var realtimePeriod: UInt64?

    /// Makes an empty set.
    public init() {}
}

/// Limits of one adapter for remote memory.
public struct LinuxRdma: Codable, Hashable, Sendable {
    /// How many handles.
    public var hcaHandles: UInt32?
    /// How many objects.
    public var hcaObjects: UInt32?

    /// Makes no limit.
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

/// Weights and limits of block devices.
public struct LinuxBlockIO: Codable, Hashable, Sendable {
    /// The relative weight, 10 to 1000.
    public var weight: UInt16?
    /// The weight against its own children; version 1 only.
    public var leafWeight: UInt16?
    /// Weights by device.
    public var weightDevice: [LinuxWeightDevice]?
    /// Bytes read per second, by device.
    public var throttleReadBpsDevice: [LinuxThrottle]?
    /// Bytes written per second, by device.
    public var throttleWriteBpsDevice: [LinuxThrottle]?
    /// Reads per second, by device.
    public var throttleReadIOPSDevice: [LinuxThrottle]?
    /// Writes per second, by device.
    public var throttleWriteIOPSDevice: [LinuxThrottle]?

    /// Makes an empty set.
    public init() {}
}

/// A weight at one block device.
public struct LinuxWeightDevice: Codable, Hashable, Sendable {
    /// The major number.
    public var major: Int64
    /// The minor number.
    public var minor: Int64
    /// The relative weight, 10 to 1000.
    public var weight: UInt16?
    /// The weight against its own children; version 1 only.
    public var leafWeight: UInt16?

    /// Makes a weight.
    public init(major: Int64, minor: Int64, weight: UInt16) {
        self.major = major
        self.minor = minor
        self.weight = weight
    }
}

/// A rate of one block device.
public struct LinuxThrottle: Codable, Hashable, Sendable {
    /// The major number.
    public var major: Int64
    /// The minor number.
    public var minor: Int64
    /// Bytes or operations per second.
    public var rate: UInt64

    /// Makes a rate.
    public init(major: Int64, minor: Int64, rate: UInt64) {
        self.major = major
        self.minor = minor
        self.rate = rate
    }
}

/// A limit of huge pages of one size.
public struct LinuxHugepageLimit: Codable, Hashable, Sendable {
    /// The size, as `2MB`.
    public var pageSize: String
    /// The limit in bytes.
    public var limit: UInt64

    /// Makes a limit.
    public init(pageSize: String, limit: UInt64) {
        self.pageSize = pageSize
        self.limit = limit
    }
}

/// How packets of a container are marked; version 1 only.
public struct LinuxNetworkResources: Codable, Hashable, Sendable {
    /// The class of its packets.
    public var classID: UInt32?
    /// Priorities by interface.
    public var priorities: [LinuxInterfacePriority]?

    /// Makes an empty set.
    public init() {}
}

/// The priority of packets on an interface.
public struct LinuxInterfacePriority: Codable, Hashable, Sendable {
    /// The interface.
    public var name: String
    /// The priority.
    public var priority: UInt32

    /// Makes a priority.
    public init(name: String, priority: UInt32) {
        self.name = name
        self.priority = priority
    }
}
