/// Options of `run` and `create` that few command lines have, in the user's own words.
public struct RareFlags: Sendable {
    /// The value of `--runtime`.
    public var runtime: String?
    /// The values of `--annotation`.
    public var annotations: [String] = []
    /// The values of `--label-file`.
    public var labelFiles: [String] = []
    /// The value of `--cgroup-parent`.
    public var cgroupParent: String?
    /// The value of `--cgroupns`.
    public var cgroupNamespace: String?
    /// The values of `--device-cgroup-rule`.
    public var deviceRules: [String] = []
    /// The value of `--blkio-weight`.
    public var blockWeight: UInt16?
    /// The values of `--blkio-weight-device`.
    public var blockWeightDevices: [String] = []
    /// The values of `--device-read-bps`.
    public var readBytes: [String] = []
    /// The values of `--device-write-bps`.
    public var writeBytes: [String] = []
    /// The values of `--device-read-iops`.
    public var readOperations: [String] = []
    /// The values of `--device-write-iops`.
    public var writeOperations: [String] = []
    /// The value of `--memory-swappiness`.
    public var swappiness: Int?
    /// The value of `--oom-kill-disable`.
    public var disablesOutOfMemoryKill = false
    /// The value of `--cpu-rt-period`.
    public var realTimePeriod: UInt64?
    /// The value of `--cpu-rt-runtime`.
    public var realTimeRuntime: Int64?

    /// Makes flags that say nothing.
    public init() {}
}
