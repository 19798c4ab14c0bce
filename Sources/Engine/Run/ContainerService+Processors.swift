internal import LaunchPlanning
internal import LinuxKernel

extension ContainerService {
    /// Refuses more processors than there are, which the kernel would take for a limit that limits nothing, and those that
    /// are not there.
    func checkProcessors(_ flags: RunFlags, _ facts: HostFacts) throws {
        if let text = flags.cpus, try CPUCount.parse(text) > Int64(facts.processorCount) * 1_000_000_000 {
            throw ArgumentError.invalid(option: "--cpus", value: text, why: "this machine has \(facts.processorCount)")
        }
        if let text = flags.cpusetCPUs {
            try check(text, option: "--cpuset-cpus", things: "processors", file: "/sys/devices/system/cpu/online")
        }
        if let text = flags.cpusetMems {
            try check(text, option: "--cpuset-mems", things: "memory nodes", file: "/sys/devices/system/node/online")
        }
    }

    private func check(_ text: String, option: String, things: String, file: String) throws {
        // A kernel without memory nodes has one, and no file that says so.
        let available = (try? FileIO.readText(path: file))?.filter { !$0.isWhitespace } ?? "0"
        guard let wanted = NumberList(text) else {
            throw ArgumentError.invalid(option: option, value: text, why: "it is a list such as `0-3` or `0,2`")
        }
        guard let present = NumberList(available), !wanted.isSubset(of: present) else { return }
        throw ArgumentError.invalid(
            option: option,
            value: text,
            why: "these \(things) are not available; there are: \(available)"
        )
    }
}

/// Numbers as the kernel lists processors: `0-3,5`.
struct NumberList: Equatable {
    private let ranges: [ClosedRange<Int>]

    /// Reads a list; nil for anything else, and for an empty one.
    init?(_ text: String) {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0,
                first <= last
            else { return nil }
            ranges.append(first...last)
        }
        self.ranges = ranges
    }

    /// Whether every number is in `other`, whose ranges do not touch one another.
    func isSubset(of other: NumberList) -> Bool {
        ranges.allSatisfy { range in
            other.ranges.contains { $0.contains(range.lowerBound) && $0.contains(range.upperBound) }
        }
    }
}
