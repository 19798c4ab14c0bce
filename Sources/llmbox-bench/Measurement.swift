internal import Glibc

/// What one tool cost, work by work; nil where it cannot do the work or failed.
struct Measurement {
    /// The tool.
    var tool: String
    /// Its version.
    var version: String
    /// Seconds to build with the weights.
    var build: Double?
    /// Seconds to build with eight shards of a quarter of the weights each.
    var shards: Double?
    /// Seconds to build again the weights and 20,000 files with nothing changed, the median.
    var rebuild: Double?
    /// Seconds to build again when one file above the weights has changed, the median.
    var change: Double?
    /// Seconds from the end of a step that wrote 2 GB in 20,000 files to the end of the build.
    var commit: Double?
    /// Seconds a step that does nothing.
    var step: Double?
    /// Peak resident memory of the build, in bytes.
    var peakMemory: Int64?
    /// Bytes written by the build.
    var bytesWritten: Int64?
    /// Growth of the store by the build, in bytes.
    var storeGrowth: Int64?
    /// Seconds to push the image with the weights to an empty registry on loopback.
    var push: Double?
    /// Seconds to push after a change of one kilobyte beside the weights.
    var pushChange: Double?
    /// What moving images costs.
    var transfers = TransferMeasurement()
    /// What keeping containers costs.
    var containers = ContainerMeasurement()
    /// Seconds to push it again.
    var pushAgain: Double?
    /// Peak resident memory of the push, in bytes.
    var pushMemory: Int64?
    /// Milliseconds of `run --rm … true`, the median, by network.
    var run: [String: Double] = [:]
    /// Bits a second through a published port.
    var port: Double?
    /// Why something is missing.
    var notes: [String] = []

    /// Measures everything that `tool` can do.
    static func measure(_ tool: Tool, _ work: Workload, repetitions: Int) -> Measurement {
        var result = Measurement(tool: tool.name, version: tool.version)
        defer { for command in tool.cleanUp { _ = Command.run(command) } }
        if let importBase = tool.importBase {
            guard result.succeeded(Command.run(importBase, environment: tool.environment), at: "import") else {
                return result
            }
        }
        if let build = tool.build, work.parts.contains(.builds) {
            result.measureWeights(build, of: tool, work)
            // Before other builds take the image's name.
            if result.build != nil {
                result.measurePush(of: tool, build: build, work)
                result.measureBuilds(build, of: tool, work)
            }
        }
        result.measureContainers(of: tool, work, repetitions: repetitions)
        return result
    }

    /// Measures what `tool` does with containers; its base image is there.
    mutating func measureContainers(of tool: Tool, _ work: Workload, repetitions: Int, enter: [String] = []) {
        let starts = work.parts.contains(.starts) ? tool.run : [:]
        for (network, command) in starts.sorted(by: { $0.key < $1.key }) {
            guard succeeded(Command.run(command, environment: tool.environment), at: "run, \(network)") else {
                continue
            }
            let times = (0..<repetitions).map { _ in Command.run(command, environment: tool.environment).seconds }
            run[network] = Self.median(times) * 1000
        }
        if work.parts.contains(.ports), let port = PortMeasurement.measure(tool, enter: enter) {
            self.port = port.throughput
            notes += port.notes
        }
        // Last: a thousand containers leave more behind in the filesystem's books than everything before.
        if work.parts.contains(.containers),
            let containers = ContainerMeasurement.measure(tool, repetitions: repetitions)
        {
            self.containers = containers
            notes += containers.notes
        }
    }

    /// Measures docker's containers, by a daemon that has a network.
    mutating func measureDocker(_ work: Workload, repetitions: Int) {
        guard let (tool, daemon) = Toolbox.networkedDocker(work) else { return }
        defer { daemon.stop() }
        if let base = tool.importBase {
            guard succeeded(Command.run(base, environment: tool.environment), at: "import") else { return }
        }
        let enter = ["nsenter", "--net=/proc/\(daemon.child)/ns/net"]
        measureContainers(of: tool, work, repetitions: repetitions, enter: enter)
    }

    private mutating func measureWeights(_ command: [String], of tool: Tool, _ work: Workload) {
        let before = tool.store.map(Workload.diskUsage(of:))
        work.settle()
        let cost = Command.run(command + [work.context], environment: tool.environment)
        guard succeeded(cost, at: "build") else { return }
        build = cost.seconds
        if tool.doesItsOwnWork {
            peakMemory = cost.peakMemory
            bytesWritten = cost.bytesWritten
        }
        if let store = tool.store, let before { storeGrowth = Workload.diskUsage(of: store) - before }
        sync()
    }

    private mutating func measureBuilds(_ command: [String], of tool: Tool, _ work: Workload) {
        func run(_ context: String, _ options: [String] = []) -> CommandCost {
            Command.run(command + options + [context], environment: tool.environment)
        }
        // What the registry still has to write would be paid for by whoever comes next.
        work.settle()
        shards = seconds(run(work.shards), at: "shards")
        sync()
        if succeeded(run(work.many), at: "many files") {
            rebuild = Self.median((0..<5).map { _ in run(work.many).seconds })
        }
        if succeeded(run(work.application), at: "application") {
            change = Self.median(
                (1...5).map { version in
                    work.changeApplication(version)
                    // Files that changed a moment ago are looked at more closely than usual.
                    usleep(50_000)
                    return run(work.application).seconds
                }
            )
        }
        work.settle()
        commit = commitSeconds(run(work.writing, tool.showingOutput))
        sync()
        step = seconds(run(work.steps, tool.withoutCache), at: "steps").map { $0 / 20 }
    }

    private mutating func seconds(_ cost: CommandCost, at work: String) -> Double? {
        succeeded(cost, at: work) ? cost.seconds : nil
    }

    /// The time since the step said that its own work was done.
    private mutating func commitSeconds(_ cost: CommandCost) -> Double? {
        let now = Command.uptime()
        guard succeeded(cost, at: "write 2 GB") else { return nil }
        for line in cost.output.split(separator: "\n") {
            // The command itself is shown too, with its text instead of the time.
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "uptime"), place + 1 < words.count,
                let then = Double(words[place + 1])
            else { continue }
            return now - then
        }
        notes.append("\(tool): the step did not show when it ended")
        return nil
    }

    private mutating func measurePush(of tool: Tool, build: [String], _ work: Workload) {
        guard let images = tool.images, let registry = BenchRegistry(directory: "\(work.directory)/registry") else {
            return
        }
        defer { registry.stop() }
        let name = "\(registry.address)/bench/weights:1"
        let push = images + ["push"] + tool.pushOptions + [name]
        guard succeeded(Command.run(images + ["tag", "bench", name], environment: tool.environment), at: "tag") else {
            return
        }
        let cost = Command.run(push, environment: tool.environment)
        guard succeeded(cost, at: "push") else { return }
        self.push = cost.seconds
        if tool.doesItsOwnWork { pushMemory = cost.peakMemory }
        pushAgain = Command.run(push, environment: tool.environment).seconds
        // The same weights with one small file above, once to have everything there and once changed.
        for version in [1, 2] {
            work.changeApplication(version)
            usleep(50_000)
            let commands = [build + [work.application], images + ["tag", "bench", name], push]
            let costs = commands.map { Command.run($0, environment: tool.environment) }
            guard costs.allSatisfy({ succeeded($0, at: "push of a change") }) else { return }
            pushChange = costs.last?.seconds
        }
    }

    private mutating func succeeded(_ cost: CommandCost, at work: String) -> Bool {
        if cost.status == 0 { return true }
        notes.append("\(tool): \(work) failed with \(cost.status): \(cost.output.suffix(300))")
        return false
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
