internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox debug`.
struct DebugCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "debug",
        abstract: "Look into how Dockerfiles, ignore files and image names are read.",
        discussion: """
            Answers are JSON on standard output, in which every key is always there unless its command says otherwise. \
            Mistakes go to standard error, and the exit status is then 1.
            """,
        subcommands: [
            DebugParseCommand.self, DebugStagesCommand.self, DebugExpandCommand.self, DebugIgnoreCommand.self,
            DebugReferenceCommand.self, DebugPlanCommand.self,
        ]
    )

    /// Prints a document on one line.
    static func print(_ document: some Encodable) throws {
        try StandardOutput.write(String(decoding: try CanonicalJSON.encode(document), as: UTF8.self) + "\n")
    }

    /// Shows mistakes of a file with their places.
    static func presenting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as BuildError {
            BuildFailure.present(error)
            throw ExitCode(ExitStatus.failure)
        }
    }
}
