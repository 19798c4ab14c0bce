internal import ContainerRuntime
internal import GPUPlanning
internal import Glibc
internal import LinuxKernel

/// What a container used over a moment.
public struct ContainerStatistics: Sendable {
    /// The container's id.
    public var id: String
    /// How the caller called it; its id where it was not named.
    public var reference = ""
    /// Its name.
    public var name: String
    /// Whether it runs; all the rest is zero where it does not.
    public var isRunning = false
    /// Processor time in percent of one processor; nil without a measurement before this one.
    public var cpuPercent: Double?
    /// Bytes of memory in use.
    public var memory: Int64 = 0
    /// The limit, which is the machine's memory where there is none.
    public var memoryLimit: Int64 = 0
    /// Bytes received and sent; nil where the container has no network of its own.
    public var network: (received: Int64, sent: Int64)?
    /// Bytes read from disks and written to them.
    public var disk: (read: Int64, written: Int64) = (0, 0)
    /// Processes and threads.
    public var processes = 0
    /// The GPUs that its programs are on; nil for a container that was given none.
    public var gpus: [GPUShare]?
}

extension ContainerService {
    /// Measures containers again and again, as long as `body` says true.
    ///
    /// - Parameters:
    ///   - references: the containers; none means all.
    ///   - includesStopped: whether, without references, those that do not run are there too.
    ///   - once: whether one measurement is enough.
    ///   - body: takes the measurement of all containers, once a second.
    /// - Throws: errors of looking the containers up, and what `body` throws.
    /// - Important: blocks the calling thread.
    public func statistics(
        of references: [String],
        includesStopped: Bool,
        once: Bool,
        _ body: ([ContainerStatistics]) throws -> Bool
    ) throws {
        let chosen = try references.map { (reference) throws in try find(reference) }
        let layout = try CgroupLayout.probe()
        let machine = try Self.machineMemory()
        var before: [String: (cpu: Int64, time: ContinuousClock.Instant)] = [:]
        // A percentage needs two looks, so the first one is not shown when it is to be the only one.
        var isFirst = true
        while true {
            let directories = references.isEmpty ? try containers.all() : chosen
            let said = Dictionary(zip(chosen.map(\.id), references)) { first, _ in first }
            var rows: [ContainerStatistics] = []
            let readings = readings(for: directories)
            for directory in directories {
                // One that is removed meanwhile is not there any more.
                guard let record = try? directory.record(), let state = try? directory.state() else { continue }
                guard state.isRunning || includesStopped || !references.isEmpty else { continue }
                var row = ContainerStatistics(id: record.id, name: record.name)
                row.reference = said[record.id] ?? record.id
                if state.isRunning, let process = state.process {
                    let usage = ResourceUsage(
                        process: process.pid,
                        cgroups: state.cgroups,
                        layout: layout,
                        hasOwnNetwork: record.network.mode != .host
                    )
                    row.fill(usage, machine: machine)
                    row.gpus = hasGPU(directory) ? GPUService.share(of: record.id, in: readings) : nil
                    let now = ContinuousClock.now
                    if let cpu = usage.cgroups.cpu {
                        if let last = before[record.id], now > last.time {
                            row.cpuPercent =
                                max(0, Double(cpu - last.cpu)) / ((now - last.time) / .nanoseconds(1)) * 100
                        }
                        before[record.id] = (cpu, now)
                    }
                }
                rows.append(row)
            }
            rows.sort { $0.name < $1.name }
            if !(once && isFirst) {
                guard try body(rows), !once else { return }
            }
            isFirst = false
            usleep(1_000_000)
        }
    }

    /// What GPUs do, where one of the containers has some.
    private func readings(for directories: [ContainerDirectory]) -> [GPUReading] {
        guard directories.contains(where: hasGPU) else { return [] }
        let service = GPUService(environment: environment)
        // A machine that cannot be looked at shows nothing.
        return (try? service.inventory()).map(service.readings) ?? []
    }

    private static func machineMemory() throws -> Int64 {
        let text = try FileIO.readText(path: "/proc/meminfo")
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0) * 1024
    }
}

extension ContainerStatistics {
    fileprivate mutating func fill(_ usage: ResourceUsage, machine: Int64) {
        isRunning = true
        memory = usage.cgroups.memory ?? 0
        memoryLimit = min(usage.cgroups.memoryLimit ?? machine, machine)
        network = usage.network.map { ($0.input, $0.output) }
        disk = (usage.disk.input, usage.disk.output)
        processes = usage.cgroups.pids ?? 0
    }
}
