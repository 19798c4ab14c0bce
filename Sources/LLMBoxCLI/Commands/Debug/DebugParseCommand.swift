internal import ArgumentParser
internal import Engine

/// `llmbox debug parse`.
struct DebugParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Show the syntax tree of a Dockerfile as written.",
        discussion: """
            Nothing is expanded, and unknown instructions and flags are shown as they are. A shell form is one argument, \
            a JSON form its elements; each pair of ENV and LABEL is three arguments: name, value, and "=" or "" for the \
            old form. Lines count from 1. `child` is there for ONBUILD only, whose heredocs are its own; `fd` is 0 when \
            no descriptor was written.
            """
    )

    @Argument(help: "The Dockerfile; - reads standard input.")
    var file: String

    func run() throws {
        try DebugCommand.presenting { try DebugCommand.print(try FrontEndWindows.syntaxTree(file)) }
    }
}
