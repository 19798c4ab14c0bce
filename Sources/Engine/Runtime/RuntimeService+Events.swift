internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

extension RuntimeService {
    /// What a container uses now.
    public func usage(of id: String) throws -> RuntimeEvent {
        let account = try cgroups(try container(id).record()).account()
        return RuntimeEvent(type: "stats", id: id, data: RuntimeUsage(account))
    }

    /// Reads a time such as `5s` or `1m30s`, as milliseconds.
    public static func milliseconds(_ text: String, option: String) throws -> Int {
        let seconds = try DurationText.seconds(text, option: option)
        guard seconds >= 0.001, seconds < 1e9 else {
            throw ArgumentError.invalid(option: option, value: text, why: "it takes a time that passes, such as `5s`")
        }
        return Int(seconds * 1000)
    }

    /// Tells what a container uses, again and again until it has ended, and at once when the kernel kills for lack of
    /// memory.
    ///
    /// - Important: blocks.
    /// - Parameters:
    ///   - id: the container.
    ///   - milliseconds: how long to wait between two reports of use.
    ///   - tell: gets each report.
    /// - Throws: ``RuntimeError``, and what `tell` throws.
    public func watch(_ id: String, every milliseconds: Int, _ tell: (RuntimeEvent) throws -> Void) throws {
        let container = try self.container(id)
        let record = try container.record()
        guard container.status(record) != .stopped else {
            throw RuntimeError.wrongState(id, state: RuntimeStatus.stopped.rawValue, needed: "watch")
        }
        let process = try ProcessDescriptor(opening: record.process.pid)
        let groups = try cgroups(record)
        var kills = groups.outOfMemoryKills
        var hasEnded = false
        while !hasEnded {
            var left = milliseconds
            while left > 0, !hasEnded {
                // Version 1 tells whoever asks only; a quarter of a second is soon enough for a reader of lines.
                let step = min(left, 250)
                hasEnded = try process.waitForEnd(milliseconds: Int32(step))
                left -= step
                let now = groups.outOfMemoryKills
                if now > kills { try tell(RuntimeEvent(type: "oom", id: id)) }
                kills = max(now, kills)
            }
            if !hasEnded { try tell(RuntimeEvent(type: "stats", id: id, data: RuntimeUsage(groups.account()))) }
        }
    }
}
