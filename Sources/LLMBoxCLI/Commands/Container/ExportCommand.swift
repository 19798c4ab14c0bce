internal import ArgumentParser
internal import Engine

/// The command `llmbox export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a container's files as a tar archive.",
        discussion: "What is in volumes and other mounts is left out."
    )

    @Option(name: .shortAndLong, help: "Write to a file rather than to standard output.") var output: String?
    @Argument(help: "The container.") var container: String

    func run() throws {
        if output ?? "-" == "-", StandardOutput.isTerminal { throw OutputError.terminal(command: "export") }
        try ContainerAccess.service().export(container, to: output ?? "-")
    }
}
