internal import Glibc

/// What moving images costs one tool, all tools with the same registry content.
struct TransferMeasurement {
    /// Seconds to pull the image with the weights into an empty store.
    var pull: Double?
    /// Bytes of the store after that, for each byte of the weights.
    var storeAfterPull: Double?
    /// Peak resident memory of either pull, in bytes.
    var pullMemory: Int64?
    /// Seconds to pull and unpack a gzip layer of small files.
    var pullFiles: Double?
    /// Why something is missing.
    var notes: [String] = []

    /// Measures every tool that pulls; by name.
    ///
    /// llmbox's image with the weights is what everybody pulls: its one layer is the weights, uncompressed.
    static func measureAll(_ tools: [Tool], _ work: Workload) -> [String: TransferMeasurement] {
        let pullers = tools.filter { $0.pull != nil }
        guard let ours = tools.first, let images = ours.images, let importer = ours.importer, !pullers.isEmpty,
            let registry = BenchRegistry(directory: "\(work.directory)/pull-registry")
        else { return [:] }
        defer { registry.stop() }
        let weights = "\(registry.address)/bench/weights:1"
        let files = "\(registry.address)/bench/files:1"
        work.prepareFileTree()
        let preparations =
            [
                ours.build.map { $0 + [work.context] } ?? [], images + ["tag", "bench", weights],
                images + ["push", weights],
            ]
            + [importer + [work.fileTree, files], images + ["push", "--compression", "gzip", files]]
        for command in preparations {
            let cost = Command.run(command)
            guard cost.status == 0 else {
                let note = "\(command.joined(separator: " ")) failed: \(cost.output.suffix(300))"
                return [ours.name: TransferMeasurement(notes: [note])]
            }
        }
        sync()
        var result: [String: TransferMeasurement] = [:]
        for tool in pullers {
            Command.say("measuring pulls of \(tool.name)\n")
            result[tool.name] = measure(tool, weights: weights, files: files, bytes: work.weightBytes)
        }
        return result
    }

    private static func measure(_ tool: Tool, weights: String, files: String, bytes: Int) -> TransferMeasurement {
        var result = TransferMeasurement()
        func pull(_ name: String) -> CommandCost? {
            for command in tool.emptyStore { _ = Command.run(command, environment: tool.environment) }
            sync()
            let cost = Command.run((tool.pull ?? []) + [name], environment: tool.environment)
            if cost.status == 0 { return cost }
            result.notes.append("\(tool.name): pull failed with \(cost.status): \(cost.output.suffix(300))")
            return nil
        }
        for command in tool.emptyStore { _ = Command.run(command, environment: tool.environment) }
        let before = tool.pullStore.map(Workload.diskUsage(of:)) ?? 0
        if let cost = pull(weights) {
            result.pull = cost.seconds
            if tool.doesItsOwnWork { result.pullMemory = cost.peakMemory }
            if let store = tool.pullStore {
                result.storeAfterPull = Double(Workload.diskUsage(of: store) - before) / Double(bytes)
            }
        }
        if let cost = pull(files) {
            result.pullFiles = cost.seconds
            // The memory of a tool is that of its hungriest pull.
            if tool.doesItsOwnWork { result.pullMemory = max(result.pullMemory ?? 0, cost.peakMemory) }
        }
        for command in tool.emptyStore { _ = Command.run(command, environment: tool.environment) }
        return result
    }
}
