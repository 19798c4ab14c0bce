internal import ArgumentParser
internal import Engine
internal import Glibc

/// The command `llmbox stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use, once a second."
    )

    @Flag(name: .shortAndLong, help: "Show those that do not run too.") var all = false
    @Flag(name: .long, help: "Show one measurement and end.") var noStream = false
    @Flag(name: .long, help: "Do not shorten ids.") var noTrunc = false
    @Option(name: .long, help: "table, json, or a Go template.") var format: String?
    @Argument(help: "The containers; none means all that run.") var containers: [String] = []

    func run() throws {
        let plain = try self.list([])
        let withGPUs = try self.list(["GPUs", "GPUPerc", "GPUMem"])
        let clears = !noStream && plain.isTable && isatty(STDOUT_FILENO) == 1
        try ContainerAccess.service().statistics(of: containers, includesStopped: all, once: noStream) { rows in
            // Docker's columns, and more only where somebody has something to show in them.
            let list = rows.contains { $0.gpus != nil } ? withGPUs : plain
            let text = try list.render(rows.map { Self.value($0, shortened: !noTrunc) })
            try StandardOutput.write((clears ? "\u{1B}[H\u{1B}[J" : "") + text)
            return true
        }
    }

    private func list(_ more: [String]) throws -> ListFormat {
        try ListFormat(
            format,
            defaultColumns: ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"] + more,
            headers: [
                "ID": "CONTAINER ID", "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %",
                "NetIO": "NET I/O", "BlockIO": "BLOCK I/O", "PIDs": "PIDS", "GPUs": "GPU", "GPUPerc": "GPU %",
                "GPUMem": "GPU MEM USAGE / LIMIT",
            ]
        )
    }

    /// One value for each GPU, behind commas.
    private static func gpus(_ row: ContainerStatistics, _ text: (GPUShare) -> String) -> DisplayValue {
        .string(row.gpus.map { $0.isEmpty ? "--" : $0.map(text).joined(separator: ", ") } ?? "")
    }

    private static func value(_ row: ContainerStatistics, shortened: Bool) -> DisplayValue {
        let network = row.network.map { "\(decimal($0.received)) / \(decimal($0.sent))" }
        let limit = row.memoryLimit > 0 ? Double(row.memory) / Double(row.memoryLimit) * 100 : 0
        let id = shortened ? String(row.id.prefix(12)) : row.id
        return .fields([
            "Container": .string(row.reference == row.id ? id : row.reference),
            "ID": .string(id),
            "Name": .string(row.name),
            "CPUPerc": .string(row.isRunning && row.cpuPercent == nil ? "--" : percent(row.cpuPercent ?? 0)),
            "MemUsage": .string("\(HumanSize.binary(row.memory)) / \(HumanSize.binary(row.memoryLimit))"),
            "MemPerc": .string(percent(limit)),
            "NetIO": .string(network ?? (row.isRunning ? "--" : "0B / 0B")),
            "BlockIO": .string("\(decimal(row.disk.read)) / \(decimal(row.disk.written))"),
            "PIDs": .string(String(row.processes)),
            "GPUs": gpus(row) { "\($0.index)" },
            "GPUPerc": gpus(row) { $0.utilization.map { "\($0)%" } ?? "--" },
            "GPUMem": gpus(row) { share in
                let total = share.memoryTotal.map { HumanSize.binary(Int64(clamping: $0)) } ?? "--"
                return "\(HumanSize.binary(Int64(clamping: share.memory))) / \(total)"
            },
        ])
    }

    private static func decimal(_ bytes: Int64) -> String { HumanSize.decimal(bytes) }

    /// Two digits behind the point, as docker has it.
    private static func percent(_ value: Double) -> String {
        let hundredths = Int64((value * 100).rounded())
        let fraction = String(hundredths % 100)
        return "\(hundredths / 100).\(fraction.count < 2 ? "0" : "")\(fraction)%"
    }
}
