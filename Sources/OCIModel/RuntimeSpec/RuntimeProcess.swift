/// What runs in a container, and with which rights.
///
/// Source: OCI runtime-spec 1.2, config.md, "Process".
public struct RuntimeProcess: Codable, Hashable, Sendable {
    /// Whether it gets a terminal.
    public var terminal: Bool?
    /// The size of the terminal.
    public var consoleSize: ConsoleSize?
    /// Who it runs as.
    public var user: RuntimeUser
    /// The program and its arguments.
    public var args: [String]?
    /// The environment, as `NAME=value`.
    public var env: [String]?
    /// The working directory, absolute.
    public var cwd: String
    /// The capability sets.
    public var capabilities: LinuxCapabilities?
    /// The resource limits.
    public var rlimits: [ResourceLimitSpec]?
    /// Whether the process can never gain privileges.
    public var noNewPrivileges: Bool?
    /// The AppArmor profile.
    public var apparmorProfile: String?
    /// How likely the kernel is to kill it when memory runs out.
    public var oomScoreAdj: Int?
    /// How soon it gets its turn at block devices.
    public var ioPriority: IOPrioritySpec?
    /// How the processor's time is shared.
    public var scheduler: SchedulerSpec?
    /// The processors of a process that joins a container.
    public var execCPUAffinity: CPUAffinitySpec?
    /// The SELinux label.
    public var selinuxLabel: String?

    /// Makes a process that runs `args` in `cwd` as `user`.
    public init(user: RuntimeUser, args: [String], cwd: String) {
        self.user = user
        self.args = args
        self.cwd = cwd
    }
}

/// A scheduling policy, `sched_setattr(2)`.
public struct SchedulerSpec: Codable, Hashable, Sendable {
    /// The policy, as `SCHED_BATCH`.
    public var policy: String
    /// The nice value, for the policies that share time.
    public var nice: Int32?
    /// The priority, for the policies of real time.
    public var priority: Int32?
    /// Flags, as `SCHED_FLAG_RESET_ON_FORK`.
    public var flags: [String]?
    /// Nanoseconds of work in each period, for deadlines.
    public var runtime: UInt64?
    /// Nanoseconds within which that work has to be done.
    public var deadline: UInt64?
    /// Nanoseconds of a period.
    public var period: UInt64?

    /// Makes a policy.
    public init(policy: String) {
        self.policy = policy
    }
}

/// The processors of a process that joins a container, as `0-3,5`.
public struct CPUAffinitySpec: Codable, Hashable, Sendable {
    /// Until it is in the container's control groups.
    public var initial: String?
    /// From then on.
    public var final: String?

    /// Makes no restriction.
    public init() {}
}

/// A class and a level of block device access, `ioprio_set(2)`.
public struct IOPrioritySpec: Codable, Hashable, Sendable {
    /// `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`.
    public var `class`: String
    /// 0, the first, to 7.
    public var priority: Int

    /// Makes a priority.
    public init(class: String, priority: Int) {
        self.class = `class`
        self.priority = priority
    }
}

/// The size of a terminal in characters.
public struct ConsoleSize: Codable, Hashable, Sendable {
    /// Lines.
    public var height: Int
    /// Columns.
    public var width: Int

    /// Makes a size.
    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }
}

/// Who a process runs as, in the container's own numbers.
public struct RuntimeUser: Codable, Hashable, Sendable {
    /// The user.
    public var uid: UInt32
    /// The primary group.
    public var gid: UInt32
    /// The file mode mask.
    public var umask: UInt32?
    /// The supplementary groups.
    public var additionalGids: [UInt32]?

    /// Makes a user.
    public init(uid: UInt32 = 0, gid: UInt32 = 0, additionalGids: [UInt32] = []) {
        self.uid = uid
        self.gid = gid
        self.additionalGids = additionalGids.isEmpty ? nil : additionalGids
    }
}

/// The five capability sets by name.
public struct LinuxCapabilities: Codable, Hashable, Sendable {
    /// What exec can ever grant.
    public var bounding: [String]?
    /// What is in force.
    public var effective: [String]?
    /// What survives an exec of a file that inherits.
    public var inheritable: [String]?
    /// What may be made effective.
    public var permitted: [String]?
    /// What survives an exec of any file.
    public var ambient: [String]?

    /// Makes empty sets.
    public init() {}
}

/// One resource limit.
public struct ResourceLimitSpec: Codable, Hashable, Sendable {
    /// The name, as `RLIMIT_NOFILE`.
    public var type: String
    /// The ceiling of the soft limit.
    public var hard: UInt64
    /// The limit in force.
    public var soft: UInt64

    /// Makes a limit.
    public init(type: String, soft: UInt64, hard: UInt64) {
        self.type = type
        self.soft = soft
        self.hard = hard
    }
}
