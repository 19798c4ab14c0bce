internal import LinuxKernel

/// Everything that the control groups of a container count; nil where the kernel does not tell.
///
/// Times are nanoseconds and sizes bytes in both versions of control groups.
public struct CgroupAccount: Equatable, Sendable {
    /// Processor time.
    public struct Processors: Equatable, Sendable {
        /// All of it.
        public var total: Int64?
        /// In programs.
        public var user: Int64?
        /// In the kernel.
        public var kernel: Int64?
        /// Periods in which the container ran, where its time is limited.
        public var periods: Int64?
        /// Periods in which it was made to wait.
        public var throttledPeriods: Int64?
        /// How long it was made to wait.
        public var throttledTime: Int64?
    }

    /// A use of memory and its limit.
    public struct Amount: Equatable, Sendable {
        /// What is in use.
        public var usage: Int64?
        /// The limit; nil without one.
        public var limit: Int64?
        /// The most that was in use.
        public var peak: Int64?
        /// How often the limit was met.
        public var failures: Int64?
    }

    /// Bytes to or from a block device.
    public struct Transfer: Equatable, Sendable {
        /// The device's major number.
        public var major: UInt64
        /// The device's minor number.
        public var minor: UInt64
        /// `Read` or `Write`.
        public var operation: String
        /// How many.
        public var bytes: Int64
    }

    /// Processor time.
    public var processors = Processors()
    /// Memory, with what files have in it.
    public var memory = Amount()
    /// Memory and swap in version 1, swap alone in version 2.
    public var swap = Amount()
    /// The kernel's own memory for the container; version 1 only.
    public var kernelMemory = Amount()
    /// What files have in memory.
    public var cache: Int64?
    /// The kernel's list of what the memory is used for.
    public var memoryUses: [String: Int64] = [:]
    /// Processes and threads.
    public var processes: Int64?
    /// How many there may be; nil without a limit.
    public var processLimit: Int64?
    /// Block devices.
    public var transfers: [Transfer] = []
}

extension CgroupSet {
    /// Reads what the groups count.
    public func account() -> CgroupAccount {
        var result = CgroupAccount()
        for directory in directories {
            // A file that is missing belongs to another controller or to the other version.
            let text = { (file: String) in (try? FileIO.readText(path: "\(directory)/\(file)")) ?? "" }
            result.addProcessors(text)
            result.addMemory(text)
            result.addTransfers(text)
            if let count = CgroupAccount.number(text("pids.current")) {
                result.processes = count
                result.processLimit = CgroupAccount.limit(text("pids.max"))
            }
        }
        return result
    }
}

extension CgroupAccount {
    fileprivate mutating func addProcessors(_ text: (String) -> String) {
        let counts = text("cpu.stat")
        if let used = Self.number(text("cpuacct.usage")) {
            processors.total = used
            processors.user = Self.number(text("cpuacct.usage_user"))
            processors.kernel = Self.number(text("cpuacct.usage_sys"))
        }
        if let used = CgroupSet.value(of: "usage_usec", in: counts), processors.total == nil {
            processors.total = used * 1000
            processors.user = CgroupSet.value(of: "user_usec", in: counts).map { $0 * 1000 }
            processors.kernel = CgroupSet.value(of: "system_usec", in: counts).map { $0 * 1000 }
        }
        guard let periods = CgroupSet.value(of: "nr_periods", in: counts) else { return }
        processors.periods = periods
        processors.throttledPeriods = CgroupSet.value(of: "nr_throttled", in: counts)
        processors.throttledTime =
            CgroupSet.value(of: "throttled_time", in: counts)
            ?? CgroupSet.value(of: "throttled_usec", in: counts).map { $0 * 1000 }
    }

    fileprivate mutating func addMemory(_ text: (String) -> String) {
        if let usage = Self.number(text("memory.usage_in_bytes")) {
            memory.usage = usage
            memory.limit = Self.limit(text("memory.limit_in_bytes"))
            memory.peak = Self.number(text("memory.max_usage_in_bytes"))
            memory.failures = Self.number(text("memory.failcnt"))
            swap.usage = Self.number(text("memory.memsw.usage_in_bytes"))
            swap.limit = Self.limit(text("memory.memsw.limit_in_bytes"))
            swap.peak = Self.number(text("memory.memsw.max_usage_in_bytes"))
            swap.failures = Self.number(text("memory.memsw.failcnt"))
            kernelMemory.usage = Self.number(text("memory.kmem.usage_in_bytes"))
        } else if let usage = Self.number(text("memory.current")) {
            memory.usage = usage
            memory.limit = Self.limit(text("memory.max"))
            memory.peak = Self.number(text("memory.peak"))
            memory.failures = CgroupSet.value(of: "max", in: text("memory.events"))
            swap.usage = Self.number(text("memory.swap.current"))
            swap.limit = Self.limit(text("memory.swap.max"))
        } else {
            return
        }
        for line in text("memory.stat").split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, let value = Int64(fields[1]) { memoryUses[String(fields[0])] = value }
        }
        cache = memoryUses["cache"] ?? memoryUses["file"]
    }

    fileprivate mutating func addTransfers(_ text: (String) -> String) {
        for line in text("blkio.throttle.io_service_bytes_recursive").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 3, fields[1] == "Read" || fields[1] == "Write", let bytes = Int64(fields[2]) else {
                continue
            }
            add(fields[0], String(fields[1]), bytes)
        }
        for line in text("io.stat").split(separator: "\n") {
            let fields = line.split(separator: " ")
            for (key, operation) in [("rbytes=", "Read"), ("wbytes=", "Write")] {
                guard let field = fields.first(where: { $0.hasPrefix(key) }),
                    let bytes = Int64(field.dropFirst(key.utf8.count))
                else { continue }
                add(fields[0], operation, bytes)
            }
        }
    }

    private mutating func add(_ device: Substring, _ operation: String, _ bytes: Int64) {
        let numbers = device.split(separator: ":").compactMap { UInt64($0) }
        guard numbers.count == 2 else { return }
        transfers.append(Transfer(major: numbers[0], minor: numbers[1], operation: operation, bytes: bytes))
    }

    fileprivate static func number(_ text: String) -> Int64? {
        text.split(separator: "\n").first.flatMap { Int64($0) }
    }

    /// A limit; version 1 writes "none" as the largest multiple of a page.
    fileprivate static func limit(_ text: String) -> Int64? { number(text).flatMap { $0 < 1 << 62 ? $0 : nil } }
}
