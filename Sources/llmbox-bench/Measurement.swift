internal import Glibc

/// What one tool cost, work by work; nil where it cannot do the work or failed.
struct Measurement {
    /// The tool.
    var tool: String
    /// Its version.
    var version: String
    /// Seconds to build with the weights.
    var build: Double?
    /// Seconds to build again with nothing changed, the median.
    var rebuild: Double?
    /// Peak resident memory of the build, in bytes.
    var peakMemory: Int64?
    /// Bytes written by the build.
    var bytesWritten: Int64?
    /// Growth of the store by the build, in bytes.
    var storeGrowth: Int64?
    /// Seconds to push the image with the weights to an empty registry on loopback.
    var push: Double?
    /// Seconds to push it again.
    var pushAgain: Double?
    /// Peak resident memory of the push, in bytes.
    var pushMemory: Int64?
    /// Milliseconds of `run --rm … true`, the median, by network.
    var run: [String: Double] = [:]
    /// Why something is missing.
    var notes: [String] = []

    /// Measures everything that `tool` can do.
    static func measure(_ tool: Tool, repetitions: Int, directory: String) -> Measurement {
        var result = Measurement(tool: tool.name, version: tool.version)
        defer { for command in tool.cleanUp { _ = Command.run(command) } }
        if let importBase = tool.importBase {
            guard result.succeeded(Command.run(importBase, environment: tool.environment), at: "import") else {
                return result
            }
        }
        if let build = tool.build { result.measureBuild(build, of: tool, repetitions: repetitions) }
        if result.build != nil { result.measurePush(of: tool, directory: directory) }
        for (network, command) in tool.run.sorted(by: { $0.key < $1.key }) {
            guard result.succeeded(Command.run(command, environment: tool.environment), at: "run, \(network)") else {
                continue
            }
            let times = (0..<repetitions).map { _ in Command.run(command, environment: tool.environment).seconds }
            result.run[network] = median(times) * 1000
        }
        return result
    }

    private mutating func measureBuild(_ command: [String], of tool: Tool, repetitions: Int) {
        let before = tool.store.map(Workload.diskUsage(of:))
        let cost = Command.run(command, environment: tool.environment)
        guard succeeded(cost, at: "build") else { return }
        build = cost.seconds
        if tool.doesItsOwnWork {
            peakMemory = cost.peakMemory
            bytesWritten = cost.bytesWritten
        }
        if let store = tool.store, let before { storeGrowth = Workload.diskUsage(of: store) - before }
        sync()
        rebuild = Self.median(
            (0..<max(3, repetitions / 4)).map { _ in Command.run(command, environment: tool.environment).seconds }
        )
    }

    private mutating func measurePush(of tool: Tool, directory: String) {
        guard let images = tool.images, let registry = BenchRegistry(directory: "\(directory)/registry") else { return }
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
