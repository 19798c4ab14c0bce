/// A capability of Linux; the raw value is the kernel's number.
public enum Capability: Int, CaseIterable, Hashable, Sendable, Comparable {
    /// `CAP_CHOWN`
    case chown = 0
    /// `CAP_DAC_OVERRIDE`
    case dacOverride
    /// `CAP_DAC_READ_SEARCH`
    case dacReadSearch
    /// `CAP_FOWNER`
    case fowner
    /// `CAP_FSETID`
    case fsetid
    /// `CAP_KILL`
    case kill
    /// `CAP_SETGID`
    case setgid
    /// `CAP_SETUID`
    case setuid
    /// `CAP_SETPCAP`
    case setpcap
    /// `CAP_LINUX_IMMUTABLE`
    case linuxImmutable
    /// `CAP_NET_BIND_SERVICE`
    case netBindService
    /// `CAP_NET_BROADCAST`
    case netBroadcast
    /// `CAP_NET_ADMIN`
    case netAdmin
    /// `CAP_NET_RAW`
    case netRaw
    /// `CAP_IPC_LOCK`
    case ipcLock
    /// `CAP_IPC_OWNER`
    case ipcOwner
    /// `CAP_SYS_MODULE`
    case sysModule
    /// `CAP_SYS_RAWIO`
    case sysRawio
    /// `CAP_SYS_CHROOT`
    case sysChroot
    /// `CAP_SYS_PTRACE`
    case sysPtrace
    /// `CAP_SYS_PACCT`
    case sysPacct
    /// `CAP_SYS_ADMIN`
    case sysAdmin
    /// `CAP_SYS_BOOT`
    case sysBoot
    /// `CAP_SYS_NICE`
    case sysNice
    /// `CAP_SYS_RESOURCE`
    case sysResource
    /// `CAP_SYS_TIME`
    case sysTime
    /// `CAP_SYS_TTY_CONFIG`
    case sysTtyConfig
    /// `CAP_MKNOD`
    case mknod
    /// `CAP_LEASE`
    case lease
    /// `CAP_AUDIT_WRITE`
    case auditWrite
    /// `CAP_AUDIT_CONTROL`
    case auditControl
    /// `CAP_SETFCAP`
    case setfcap
    /// `CAP_MAC_OVERRIDE`
    case macOverride
    /// `CAP_MAC_ADMIN`
    case macAdmin
    /// `CAP_SYSLOG`
    case syslog
    /// `CAP_WAKE_ALARM`
    case wakeAlarm
    /// `CAP_BLOCK_SUSPEND`
    case blockSuspend
    /// `CAP_AUDIT_READ`
    case auditRead
    /// `CAP_PERFMON`
    case perfmon
    /// `CAP_BPF`
    case bpf
    /// `CAP_CHECKPOINT_RESTORE`
    case checkpointRestore

    private static let names = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",
        "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",
        "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL", "CAP_SETFCAP",
        "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE",
    ]

    /// The name, as `CAP_CHOWN`.
    public var name: String { Self.names[rawValue] }

    /// Finds a capability by its name, with or without `CAP_`, in capitals or not.
    public init?(name: String) {
        let upper = name.uppercased()
        let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
        guard let number = Self.names.firstIndex(of: full) else { return nil }
        self.init(rawValue: number)
    }

    /// Orders by number.
    public static func < (left: Capability, right: Capability) -> Bool { left.rawValue < right.rawValue }

    /// The capabilities whose bits are set in `mask`; bits that llmbox has no name for are left out.
    public static func set(mask: UInt64) -> Set<Capability> {
        Set(allCases.filter { mask & (1 << UInt64($0.rawValue)) != 0 })
    }

    /// What Docker gives a container.
    public static let dockerDefault: Set<Capability> = [
        .chown, .dacOverride, .fsetid, .fowner, .mknod, .netRaw, .setgid, .setuid, .setfcap, .setpcap,
        .netBindService, .sysChroot, .kill, .auditWrite,
    ]
}

extension Set<Capability> {
    /// The set as the kernel writes it.
    public var mask: UInt64 { reduce(0) { $0 | 1 << UInt64($1.rawValue) } }
}
