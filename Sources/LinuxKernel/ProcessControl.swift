internal import CLinux
internal import Glibc
internal import SystemPackage

/// Changes of the calling process itself, which must have one thread only: most of these change a thread.
public enum ProcessControl {
    private enum Option {
        static let setDeathSignal: Int32 = 1
        static let readDeathSignal: Int32 = 2
        static let setDumpable: Int32 = 4
        static let setKeepCapabilities: Int32 = 8
        static let readBounding: Int32 = 23
        static let dropBounding: Int32 = 24
        static let adoptOrphans: Int32 = 36
        static let setNoNewPrivileges: Int32 = 38
        static let ambient: Int32 = 47
        static let ambientRaise: UInt = 2
        static let ambientClearAll: UInt = 4
    }

    private static func set(_ option: Int32, _ value: UInt, _ action: String) throws(SyscallError) {
        try check(action) { llb_prctl(option, value, 0, 0, 0) }
    }

    /// Keeps others from looking into the process or tracing it, until it executes a program.
    public static func hide() throws(SyscallError) { try set(Option.setDumpable, 0, "hide the process") }

    /// Becomes the parent of descendants whose parents end.
    public static func adoptOrphans() throws(SyscallError) { try set(Option.adoptOrphans, 1, "adopt orphans") }

    /// Takes ``hide()`` back, which also gives the process its own files of procfs back.
    public static func show() throws(SyscallError) { try set(Option.setDumpable, 1, "show the process") }

    /// Has the kernel send a signal when the parent's thread ends.
    public static func setDeathSignal(_ signal: Int32) throws(SyscallError) {
        try set(Option.setDeathSignal, UInt(signal), "ask for a signal at the parent's end")
    }

    /// The signal that the kernel sends when the parent's thread ends; 0 for none.
    public static func deathSignal() throws(SyscallError) -> Int32 {
        var signal: Int32 = 0
        try check("read the signal at the parent's end") {
            withUnsafeMutablePointer(to: &signal) { llb_prctl(Option.readDeathSignal, UInt(bitPattern: $0), 0, 0, 0) }
        }
        return signal
    }

    /// Rules out that a program executed from here on gains privileges.
    public static func setNoNewPrivileges() throws(SyscallError) {
        try set(Option.setNoNewPrivileges, 1, "rule out new privileges")
    }

    /// Removes from the bounding set what is not in `mask`.
    public static func limitBoundingSet(to mask: UInt64) throws(SyscallError) {
        for capability in 0..<UInt(64) {
            let state = llb_prctl(Option.readBounding, capability, 0, 0, 0)
            if state < 0 { return }  // the kernel knows no more than this
            if state == 1, mask & (1 << capability) == 0 {
                try set(Option.dropBounding, capability, "drop capability \(capability)")
            }
        }
    }

    /// The capabilities of the process.
    public static func capabilities() throws(SyscallError) -> (
        effective: UInt64, permitted: UInt64, inheritable: UInt64
    ) {
        var words = [UInt32](repeating: 0, count: 6)
        try check("read capabilities") { llb_capabilities(0, &words) }
        let sets = (0..<3).map { UInt64(words[$0]) | UInt64(words[$0 + 3]) << 32 }
        return (sets[0], sets[1], sets[2])
    }

    private static func set(
        effective: UInt64,
        permitted: UInt64,
        inheritable: UInt64,
        _ action: String
    ) throws(SyscallError) {
        let sets = [effective, permitted, inheritable]
        var words = sets.map { UInt32(truncatingIfNeeded: $0) } + sets.map { UInt32($0 >> 32) }
        try check(action) { llb_capabilities(1, &words) }
    }

    /// Sets the capabilities of the process, then those that programs keep.
    public static func setCapabilities(
        effective: UInt64,
        permitted: UInt64,
        inheritable: UInt64,
        ambient: UInt64
    ) throws(SyscallError) {
        try set(effective: effective, permitted: permitted, inheritable: inheritable, "set capabilities")
        try check("clear ambient capabilities") { llb_prctl(Option.ambient, Option.ambientClearAll, 0, 0, 0) }
        for capability in 0..<UInt(64) where ambient & (1 << capability) != 0 {
            try check("raise ambient capability \(capability)") {
                llb_prctl(Option.ambient, Option.ambientRaise, capability, 0, 0)
            }
        }
    }

    /// Changes the supplementary groups.
    public static func setGroups(_ groups: [UInt32]) throws(SyscallError) {
        try check("set supplementary groups") { llb_set_groups(groups, groups.count) }
    }

    /// Changes group and user for good, and keeps the capabilities all the same.
    public static func become(user: UInt32, group: UInt32) throws(SyscallError) {
        try set(Option.setKeepCapabilities, 1, "keep capabilities")
        try check("become group \(group)") { llb_set_group(group) }
        try check("become user \(user)") { llb_set_user(user) }
        // A change from user 0 empties the effective set; what is permitted can be taken up again.
        let held = try capabilities()
        try set(
            effective: held.permitted,
            permitted: held.permitted,
            inheritable: held.inheritable,
            "keep capabilities"
        )
    }

    /// Installs a system call filter of 8-byte instructions.
    ///
    /// - Returns: with the flag that asks for it, the descriptor by which somebody answers for calls; otherwise 0.
    @discardableResult
    public static func installFilter(_ instructions: [UInt8], flags: UInt32) throws(SyscallError) -> Int32 {
        try check("install a system call filter") {
            llb_seccomp_filter(instructions, UInt16(clamping: instructions.count / 8), flags)
        }
    }

    /// Sets a resource limit; `UInt64.max` is none.
    public static func setLimit(_ resource: UInt32, soft: UInt64, hard: UInt64) throws(SyscallError) {
        try check("set a resource limit") { llb_limit(resource, [soft, hard], nil) }
    }

    /// A resource limit in force.
    public static func limit(_ resource: UInt32) throws(SyscallError) -> (soft: UInt64, hard: UInt64) {
        var pair: [UInt64] = [0, 0]
        try check("read a resource limit") { llb_limit(resource, nil, &pair) }
        return (pair[0], pair[1])
    }

    /// Sets the execution domain, by the bits of `personality(2)`.
    public static func setPersonality(_ bits: UInt64) throws(SyscallError) {
        try check("set the execution domain") { llb_personality(bits) }
    }

    /// Sets how soon the process gets its turn at block devices, by the bits of `ioprio_set(2)`.
    public static func setIOPriority(_ bits: UInt32) throws(SyscallError) {
        try check("set the I/O priority") { llb_set_io_priority(bits) }
    }

    /// Sets how the process gets its turn at the processors, by a `struct sched_attr`.
    public static func setScheduler(_ attributes: [UInt8]) throws(SyscallError) {
        try check("set the scheduling policy") { llb_set_scheduler(attributes) }
    }

    /// Takes a new, nameless session keyring.
    public static func joinSessionKeyring() throws(SyscallError) {
        try check("take a session keyring") { llb_join_session_keyring() }
    }

    /// Marks every descriptor from `first` on to be closed on exec.
    public static func closeOnExec(from first: UInt32) throws(SyscallError) {
        try check("mark descriptors") { llb_close_range(first, .max, 4) }
    }

    /// Closes every descriptor from `first` on.
    public static func closeAll(from first: UInt32) throws(SyscallError) {
        try check("close descriptors") { llb_close_range(first, .max, 0) }
    }

    /// Gives every signal its default action and lets all in, whatever the parent had set.
    public static func resetSignals() {
        for signal in 1...64 { _ = Glibc.signal(Int32(signal), SIG_DFL) }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }
}
