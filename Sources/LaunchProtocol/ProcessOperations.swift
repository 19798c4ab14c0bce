/// A limit on what one process may use.
public struct ResourceLimit: Equatable, Sendable {
    /// The kernel's number of the resource (`RLIMIT_*`).
    public var resource: UInt32
    /// The limit in force; `UInt64.max` is none.
    public var soft: UInt64
    /// How far the process may raise it; `UInt64.max` is no limit.
    public var hard: UInt64

    /// Makes a limit.
    public init(resource: UInt32, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }

    /// Makes a limit by the name that `--ulimit` uses, or nil where there is no such resource.
    public init?(name: String, soft: UInt64, hard: UInt64) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(resource: UInt32(index), soft: soft, hard: hard)
    }

    /// The name that `--ulimit` uses.
    public var name: String {
        Int(resource) < Self.names.count ? Self.names[Int(resource)] : "\(resource)"
    }

    /// The names in the order of the kernel's numbers, which are the same on x86-64 and arm64.
    public static let names = [
        "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending",
        "msgqueue", "nice", "rtprio", "rttime",
    ]
}

/// Who a process is.
public struct Credentials: Equatable, Sendable {
    /// The user.
    public var user: UInt32
    /// The primary group.
    public var group: UInt32
    /// All supplementary groups; others of the caller's are dropped.
    public var supplementaryGroups: [UInt32]

    /// Makes credentials.
    public init(user: UInt32, group: UInt32, supplementaryGroups: [UInt32] = []) {
        self.user = user
        self.group = group
        self.supplementaryGroups = supplementaryGroups
    }
}

/// The capability sets a program starts with; bit `n` stands for capability `n`.
public struct CapabilitySets: Equatable, Sendable {
    /// In force.
    ///
    /// The kernel recomputes it on exec: for a user other than 0 it becomes ``ambient``.
    public var effective: UInt64
    /// Available.
    public var permitted: UInt64
    /// Passed on to programs that have file capabilities; empty unless asked for (CVE-2022-29162).
    public var inheritable: UInt64
    /// Kept by any program a user other than 0 executes; a subset of permitted and inheritable.
    public var ambient: UInt64

    /// Makes sets.
    public init(effective: UInt64, permitted: UInt64, inheritable: UInt64 = 0, ambient: UInt64 = 0) {
        self.effective = effective
        self.permitted = permitted
        self.inheritable = inheritable
        self.ambient = ambient
    }
}

/// A system call filter in the form the kernel takes.
public struct SeccompProgram: Equatable, Sendable {
    /// `struct sock_filter` array: 8 bytes an instruction, in the machine's byte order.
    public var instructions: [UInt8]
    /// `SECCOMP_FILTER_FLAG_*` bits.
    public var flags: UInt32

    /// Makes a program.
    public init(instructions: [UInt8], flags: UInt32 = 0) {
        self.instructions = instructions
        self.flags = flags
    }

    /// `SECCOMP_FILTER_FLAG_NEW_LISTENER`: somebody outside answers for some calls.
    public static let newListener: UInt32 = 8

    /// Whether a descriptor comes of it by which somebody outside answers for calls.
    public var hasListener: Bool { flags & Self.newListener != 0 }
}
