/// A system call filter.
///
/// Source: OCI runtime-spec 1.2, config-linux.md, "Seccomp".
public struct LinuxSeccomp: Codable, Hashable, Sendable {
    /// What happens to calls that no rule names.
    public var defaultAction: SeccompAction
    /// The error number of the default action.
    public var defaultErrnoRet: UInt32?
    /// The architectures, as `SCMP_ARCH_X86_64`.
    public var architectures: [String]?
    /// Flags of the filter, as `SECCOMP_FILTER_FLAG_LOG`.
    public var flags: [String]?
    /// The socket of whoever answers for calls with the action `SCMP_ACT_NOTIFY`.
    public var listenerPath: String?
    /// A text for them.
    public var listenerMetadata: String?
    /// The rules.
    public var syscalls: [SeccompRule]?

    /// Makes a filter without rules.
    public init(defaultAction: SeccompAction, defaultErrnoRet: UInt32? = nil) {
        self.defaultAction = defaultAction
        self.defaultErrnoRet = defaultErrnoRet
    }
}

/// What happens to a system call.
public enum SeccompAction: String, Codable, Hashable, Sendable {
    /// The thread dies.
    case killThread = "SCMP_ACT_KILL_THREAD"
    /// The thread dies; an older name.
    case kill = "SCMP_ACT_KILL"
    /// The process dies.
    case killProcess = "SCMP_ACT_KILL_PROCESS"
    /// The thread gets SIGSYS.
    case trap = "SCMP_ACT_TRAP"
    /// The call fails with an error number.
    case errno = "SCMP_ACT_ERRNO"
    /// A tracer decides.
    case trace = "SCMP_ACT_TRACE"
    /// The call goes on.
    case allow = "SCMP_ACT_ALLOW"
    /// The call goes on and is logged.
    case log = "SCMP_ACT_LOG"
    /// A supervisor decides.
    case notify = "SCMP_ACT_NOTIFY"
}

/// A rule of a system call filter.
public struct SeccompRule: Codable, Hashable, Sendable {
    /// The system calls by name.
    public var names: [String]
    /// What happens to them.
    public var action: SeccompAction
    /// The error number of the action.
    public var errnoRet: UInt32?
    /// Conditions that all hold.
    public var args: [SeccompArgument]?

    /// Makes a rule.
    public init(_ names: [String], _ action: SeccompAction, errno: UInt32? = nil, args: [SeccompArgument]? = nil) {
        self.names = names
        self.action = action
        errnoRet = errno
        self.args = args
    }
}

/// A condition about an argument of a system call.
public struct SeccompArgument: Codable, Hashable, Sendable {
    /// Which argument, 0 to 5.
    public var index: UInt32
    /// What it is compared with; the mask of a masked comparison.
    public var value: UInt64
    /// What a masked argument must equal.
    public var valueTwo: UInt64?
    /// The comparison.
    public var op: Comparison

    /// The comparisons.
    public enum Comparison: String, Codable, Hashable, Sendable {
        /// Not equal.
        case notEqual = "SCMP_CMP_NE"
        /// Less.
        case less = "SCMP_CMP_LT"
        /// Less or equal.
        case lessOrEqual = "SCMP_CMP_LE"
        /// Equal.
        case equal = "SCMP_CMP_EQ"
        /// Greater or equal.
        case greaterOrEqual = "SCMP_CMP_GE"
        /// Greater.
        case greater = "SCMP_CMP_GT"
        /// Equal under a mask.
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }

    /// Makes a condition.
    public init(index: UInt32, _ op: Comparison, _ value: UInt64, masked valueTwo: UInt64? = nil) {
        self.index = index
        self.op = op
        self.value = value
        self.valueTwo = valueTwo
    }
}
