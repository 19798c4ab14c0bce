internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// The command `llmbox diff`.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show which files a container has added (A), changed (C) and deleted (D)."
    )

    @Argument(help: "The container.") var container: String

    func run() throws {
        for change in try ContainerAccess.service().changes(of: container) {
            try StandardOutput.line("\(change.kind.rawValue) \(TerminalText.escaped(change.path))")
        }
    }
}
