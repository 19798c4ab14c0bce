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
        let list = try ListFormat(
            format,
            defaultColumns: ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"],
            headers: [
                "ID": "CONTAINER ID", "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %",
                "NetIO": "NET I/O", "BlockIO": "BLOCK I/O", "PIDs": "PIDS",
            ]
        )
        let clears = !noStream && list.isTable && isatty(STDOUT_FILENO) == 1
        try ContainerAccess.service().statistics(of: containers, includesStopped: all, once: noStream) { rows in
            let text = try list.render(rows.map { Self.value($0, shortened: !noTrunc) })
            try StandardOutput.write((clears ? "\u{1B}[H\u{1B}[J" : "") + text)
            return true
        }
    }

    private static func value(_ row: ContainerStatistics, shortened: Bool) -> DisplayValue {
        let network = row.network.map { "\(decimal($0.received)) / \(decimal($0.sent))" }
        let limit = row.memoryLimit > 0 ? Double(row.memory) / Double(row.memoryLimit) * 100 : 0
        let id = shortened ? String(row.id.prefix(12)) : row.id
        return .fields([
            "Container": .string(id),
            "ID": .string(id),
            "Name": .string(row.name),
            "CPUPerc": .string(row.isRunning && row.cpuPercent == nil ? "--" : percent(row.cpuPercent ?? 0)),
            "MemUsage": .string("\(HumanSize.binary(row.memory)) / \(HumanSize.binary(row.memoryLimit))"),
            "MemPerc": .string(percent(limit)),
            "NetIO": .string(network ?? (row.isRunning ? "--" : "0B / 0B")),
            "BlockIO": .string("\(decimal(row.disk.read)) / \(decimal(row.disk.written))"),
            "PIDs": .string(String(row.processes)),
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
