/// How a process gets its turn at the processors, in the fields of `sched_setattr(2)`.
public struct SchedulerSettings: Equatable, Sendable {
    /// The kernel's number of the policy.
    public var policy: UInt32
    /// `SCHED_FLAG_*` bits.
    public var flags: UInt64
    /// The nice value, for the policies that share time.
    public var nice: Int32
    /// The priority, for the policies of real time.
    public var priority: UInt32
    /// Nanoseconds of work in each period, for deadlines.
    public var runtime: UInt64
    /// Nanoseconds within which that work has to be done.
    public var deadline: UInt64
    /// Nanoseconds of a period.
    public var period: UInt64

    /// Makes settings.
    public init(
        policy: UInt32,
        flags: UInt64 = 0,
        nice: Int32 = 0,
        priority: UInt32 = 0,
        runtime: UInt64 = 0,
        deadline: UInt64 = 0,
        period: UInt64 = 0
    ) {
        self.policy = policy
        self.flags = flags
        self.nice = nice
        self.priority = priority
        self.runtime = runtime
        self.deadline = deadline
        self.period = period
    }
}
