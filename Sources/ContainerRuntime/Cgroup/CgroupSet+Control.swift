internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// What one container uses.
public struct CgroupStatistics: Equatable, Sendable {
    /// Bytes of memory in use, less the file cache that could be dropped at once.
    public var memory: Int64?
    /// The memory limit in bytes; nil without one.
    public var memoryLimit: Int64?
    /// Nanoseconds of CPU time used since the start.
    public var cpu: Int64?
    /// Processes and threads.
    public var pids: Int?
}

extension CgroupSet {
    /// How many processes of the container the kernel has killed for lack of memory.
    public var outOfMemoryKills: Int {
        for directory in directories {
            for file in ["memory.events", "memory.oom_control"] {
                // A missing file only means that this is not the directory that counts.
                guard let text = try? FileIO.readText(path: "\(directory)/\(file)") else { continue }
                if let count = Self.value(of: "oom_kill", in: text) { return Int(count) }
            }
        }
        return 0
    }

    /// The processes in the cgroups.
    public var processes: [Int32] {
        guard let directory = unifiedDirectory ?? legacyDirectories.first,
            let text = try? FileIO.readText(path: directory + "/cgroup.procs")
        else { return [] }
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    /// Kills every process of the container.
    ///
    /// `cgroup.kill` (Linux 5.14) does it in one step that no fork escapes, on cgroup2 with or without controllers. With
    /// v1 alone the tree is frozen first, so that it cannot fork while it is being killed.
    ///
    /// - Important: blocks for up to two seconds.
    public func kill() throws(CgroupError) {
        if let unifiedDirectory, (try? FileIO.writeControl(path: unifiedDirectory + "/cgroup.kill", "1")) != nil {
            return
        }
        for round in 0..<20 {
            let processes = processes
            if processes.isEmpty { return }
            // A freezer that is missing or slow must not keep the processes alive: the next round catches new ones.
            try? setFrozen(true)
            for process in self.processes { _ = Glibc.kill(process, SIGKILL) }
            try? setFrozen(false)
            usleep(UInt32(1000 * (round + 1)))
        }
        if let directory = directories.first, !processes.isEmpty { throw .notEmpty(directory) }
    }

    /// Stops all processes of the container, or lets them go on, and waits until that is so.
    ///
    /// - Throws: ``CgroupError/cannotFreeze(hasGroup:)`` where nothing can freeze.
    /// - Important: blocks for up to two seconds.
    public func setFrozen(_ frozen: Bool) throws(CgroupError) {
        if let unifiedDirectory {
            try write(unifiedDirectory + "/cgroup.freeze", frozen ? "1" : "0")
            try wait {
                Self.value(of: "frozen", in: Self.text(unifiedDirectory + "/cgroup.events")) == (frozen ? 1 : 0)
            }
            return
        }
        let freezer = legacyDirectories.first { access($0 + "/freezer.state", F_OK) == 0 }
        guard let freezer else { throw .cannotFreeze(hasGroup: !directories.isEmpty) }
        try write(freezer + "/freezer.state", frozen ? "FROZEN" : "THAWED")
        try wait { Self.text(freezer + "/freezer.state") == (frozen ? "FROZEN\n" : "THAWED\n") }
    }

    /// Whether all processes are stopped.
    public var isFrozen: Bool {
        if let unifiedDirectory {
            return Self.value(of: "frozen", in: Self.text(unifiedDirectory + "/cgroup.events")) == 1
        }
        return legacyDirectories.contains { Self.text($0 + "/freezer.state") == "FROZEN\n" }
    }

    /// Reads what the container uses; what cannot be read is nil.
    public func statistics() -> CgroupStatistics {
        var result = CgroupStatistics()
        for directory in directories {
            let read = { (file: String) in (try? FileIO.readText(path: "\(directory)/\(file)")) ?? "" }
            if let usage = Self.number(read("memory.usage_in_bytes")) ?? Self.number(read("memory.current")) {
                let cache = read("memory.stat")
                let droppable =
                    Self.value(of: "total_inactive_file", in: cache) ?? Self.value(of: "inactive_file", in: cache)
                result.memory = max(0, usage - (droppable ?? 0))
                let limit = Self.number(read("memory.limit_in_bytes")) ?? Self.number(read("memory.max"))
                // v1 writes "no limit" as the largest multiple of a page.
                result.memoryLimit = limit.flatMap { $0 < 1 << 62 ? $0 : nil }
            }
            if let used = Self.number(read("cpuacct.usage")) {
                result.cpu = used
            } else if let used = Self.value(of: "usage_usec", in: read("cpu.stat")) {
                result.cpu = used * 1000
            }
            if let count = Self.number(read("pids.current")) { result.pids = Int(count) }
        }
        if result.pids == nil { result.pids = processes.count }
        return result
    }

    private func write(_ path: String, _ value: String) throws(CgroupError) {
        do { try FileIO.writeControl(path: path, value) } catch { throw .system(error) }
    }

    private func wait(until done: () -> Bool) throws(CgroupError) {
        for _ in 0..<400 {
            if done() { return }
            usleep(5000)
        }
        throw .system(SyscallError("freeze", directories.first, errno: .timedOut))
    }

    private static func text(_ path: String) -> String { (try? FileIO.readText(path: path)) ?? "" }

    private static func number(_ text: String) -> Int64? { text.split(separator: "\n").first.flatMap { Int64($0) } }

    /// The value of a line `key value`.
    static func value(of key: String, in text: String) -> Int64? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == key { return Int64(fields[1]) }
        }
        return nil
    }
}
