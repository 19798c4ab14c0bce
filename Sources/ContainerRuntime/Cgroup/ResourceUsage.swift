public import LinuxKernel

/// What a running container uses, at one moment.
public struct ResourceUsage: Equatable, Sendable {
    /// Bytes that went in and out.
    public struct Traffic: Equatable, Sendable {
        /// Received, or read.
        public var input: Int64 = 0
        /// Sent, or written.
        public var output: Int64 = 0
    }

    /// What the cgroups count, or where there are none what the processes tell.
    public var cgroups = CgroupStatistics()
    /// Over all interfaces but loopback; nil where the container has no network of its own.
    public var network: Traffic?
    /// From and to disks.
    public var disk = Traffic()

    /// Measures a container by its first process and its cgroup directories.
    public init(process: Int32, cgroups directories: [String], layout: CgroupLayout, hasOwnNetwork: Bool) {
        let set = CgroupSet(directories: directories, layout: layout)
        let ungrouped = directories.isEmpty ? ContainerProcesses.all(from: process) : []
        cgroups = directories.isEmpty ? ContainerProcesses.statistics(of: ungrouped) : set.statistics()
        if hasOwnNetwork { network = Self.network(Self.text("/proc/\(process)/net/dev")) }
        disk =
            directories.lazy.compactMap { Self.disk(unified: Self.text("\($0)/io.stat")) }.first
            ?? directories.lazy.compactMap { Self.disk(legacy: Self.text("\($0)/blkio.throttle.io_service_bytes")) }
            .first
            ?? Self.disk(of: directories.isEmpty ? ungrouped : set.allProcesses)
    }

    /// Adds up the interfaces in the text of `/proc/<pid>/net/dev`.
    static func network(_ text: String) -> Traffic {
        var sum = Traffic()
        for line in text.split(separator: "\n").dropFirst(2) {
            // `  eth0: received-bytes packets errs drop fifo frame compressed multicast sent-bytes …`
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2, halves[0].filter({ $0 != " " }) != "lo" else { continue }
            let numbers = halves[1].split(separator: " ").map { Int64($0) ?? 0 }
            guard numbers.count > 8 else { continue }
            sum.input += numbers[0]
            sum.output += numbers[8]
        }
        return sum
    }

    /// Adds up the devices in the text of `io.stat`; nil for an empty one, which a group without the controller has.
    static func disk(unified text: String) -> Traffic? {
        guard !text.isEmpty else { return nil }
        var sum = Traffic()
        for field in text.split(whereSeparator: \.isWhitespace) {
            let pair = field.split(separator: "=")
            guard pair.count == 2, let value = Int64(pair[1]) else { continue }
            if pair[0] == "rbytes" { sum.input += value }
            if pair[0] == "wbytes" { sum.output += value }
        }
        return sum
    }

    /// Adds up the devices in the text of `blkio.throttle.io_service_bytes`.
    static func disk(legacy text: String) -> Traffic? {
        guard !text.isEmpty else { return nil }
        var sum = Traffic()
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let value = Int64(fields[2]) else { continue }
            if fields[1] == "Read" { sum.input += value }
            if fields[1] == "Write" { sum.output += value }
        }
        return sum
    }

    /// What the processes that still live have read and written: all there is where no controller counts.
    private static func disk(of processes: [Int32]) -> Traffic {
        var sum = Traffic()
        for process in processes {
            for line in text("/proc/\(process)/io").split(separator: "\n") {
                let pair = line.split(separator: ":")
                guard pair.count == 2, let value = Int64(pair[1].filter { $0 != " " }) else { continue }
                if pair[0] == "read_bytes" { sum.input += value }
                if pair[0] == "write_bytes" { sum.output += value }
            }
        }
        return sum
    }

    private static func text(_ path: String) -> String { (try? FileIO.readText(path: path)) ?? "" }
}
