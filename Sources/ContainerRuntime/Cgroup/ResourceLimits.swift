/// What a container may use; nil leaves a resource unlimited.
public struct ResourceLimits: Codable, Equatable, Sendable {
    /// Bytes of memory.
    public var memory: Int64?
    /// Bytes of memory and swap together; -1 is unlimited, nil twice ``memory``.
    public var memoryAndSwap: Int64?
    /// Bytes of memory the kernel tries to leave to the container when memory is short.
    public var memoryReservation: Int64?
    /// Microseconds of CPU time in each ``cpuPeriod``; `--cpus 1.5` is 150,000.
    public var cpuQuota: Int64?
    /// Microseconds of a period.
    public var cpuPeriod: UInt64 = 100_000
    /// The share of the CPU relative to others, 1024 being the usual.
    public var cpuShares: UInt64?
    /// The CPUs to run on, as in `0-2,4`.
    public var cpusetCPUs: String?
    /// The memory nodes to use, as in `0,1`.
    public var cpusetMemoryNodes: String?
    /// How many processes and threads there may be; -1 is unlimited.
    public var pids: Int64?
    /// The share of block devices relative to others, 10 to 1000.
    public var blockWeight: UInt16?
    /// Values for control files that have no property here.
    public var controls: [CgroupControl]?
    /// Whether the limits stand in a runtime specification: then nothing is derived from them, and the container gets a
    /// group in every hierarchy of version 1, where other engines read its figures.
    public var isVerbatim: Bool?
    /// Which devices may be used, later rules over earlier ones; nil is all of them.
    public var devices: [DeviceRule]? = DeviceRule.standard

    /// No limits, but the standard devices only.
    public init() {}

    /// What `--cpus` means in time per period.
    public mutating func setCPUs(_ count: Double) {
        cpuPeriod = 100_000
        cpuQuota = Int64((count * 100_000).rounded())
    }
}

/// A value for a control file of a cgroup.
public struct CgroupControl: Codable, Equatable, Sendable {
    /// The controller that has the file.
    public var controller: String
    /// The file in version 1; nil where that has none.
    public var legacyFile: String?
    /// The file in version 2; nil where that has none.
    public var unifiedFile: String?
    /// The value.
    public var value: String
    /// What it limits, in the user's words.
    public var limit: String

    /// Makes a control.
    public init(controller: String, legacyFile: String?, unifiedFile: String?, value: String, limit: String) {
        self.controller = controller
        self.legacyFile = legacyFile
        self.unifiedFile = unifiedFile
        self.value = value
        self.limit = limit
    }
}
