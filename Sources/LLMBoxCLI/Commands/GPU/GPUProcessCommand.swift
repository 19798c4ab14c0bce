internal import ArgumentParser
internal import Engine
internal import GPUPlanning

/// The command `llmbox gpu ps`.
struct GPUProcessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List the programs on GPUs, with their containers."
    )

    @Option(name: .long, help: "table, json, or a Go template.") var format: String?
    @Flag(name: .long, help: "Show whole ids.") var noTrunc = false

    func run() throws {
        let list = try ListFormat(
            format,
            defaultColumns: ["GPU", "PID", "Memory", "Container", "Command"],
            headers: ["Container": "CONTAINER ID"]
        )
        let users = try GPUService(environment: GlobalSettings.environment).users()
        print(try list.render(users.map(row)), terminator: "")
    }

    private func row(_ user: GPUUser) -> DisplayValue {
        let container = user.container ?? ""
        return .fields([
            "GPU": .integer(Int64(user.gpu)),
            "PID": .integer(Int64(user.id)),
            "Memory": .string(user.memory.map { "\($0 >> 20)MiB" } ?? ""),
            "Container": .string(noTrunc ? container : String(container.prefix(12))),
            "Command": .string(user.command),
        ])
    }
}
