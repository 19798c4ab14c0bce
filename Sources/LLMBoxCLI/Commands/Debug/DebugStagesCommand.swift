internal import ArgumentParser
internal import Engine

/// `llmbox debug stages`.
struct DebugStagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stages",
        abstract: "Check every instruction of a Dockerfile, and show its stages.",
        discussion: "A stage without a name or a platform has \"\" there."
    )

    @Argument(help: "The Dockerfile; - reads standard input.")
    var file: String

    func run() throws {
        try DebugCommand.presenting { try DebugCommand.print(try FrontEndWindows.stages(file)) }
    }
}
