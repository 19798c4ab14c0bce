internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// The command `llmbox top`.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the processes of a running container.",
        usage: "llmbox top CONTAINER [OPTIONS OF ps]"
    )

    @Argument(parsing: .captureForPassthrough, help: "The container, then options of `ps`; none means -ef.")
    var containerAndOptions: [String] = []

    func validate() throws {
        guard !containerAndOptions.isEmpty else {
            throw ValidationError("\(UsageMessage.missingArgument): a container")
        }
        try PassedThrough.check(containerAndOptions, of: Self.self)
    }

    func run() throws {
        let service = try ContainerAccess.service()
        let table = try service.top(containerAndOptions[0], Array(containerAndOptions.dropFirst()))
        var output = Table(header: table.titles)
        output.minimumWidth = 20
        // Names of processes are the container's to choose.
        output.rows = table.rows.map { row in row.map { TerminalText.escaped($0) } }
        try StandardOutput.write(output.render())
    }
}
