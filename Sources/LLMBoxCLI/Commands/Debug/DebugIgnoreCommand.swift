internal import ArgumentParser
internal import Engine

/// `llmbox debug ignore`.
struct DebugIgnoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ignore",
        abstract: "Tell which paths an ignore file excludes.",
        discussion: """
            Reads one path a line from standard input, and writes one line for each: 1, a tab and the path when it is \
            excluded, 0, a tab and the path when it is kept.
            """
    )

    @Option(name: .shortAndLong, help: "The ignore file.")
    var file: String

    func run() throws {
        try DebugCommand.presenting {
            let isExcluded = try FrontEndWindows.ignoreRules(file)
            while let path = readLine(strippingNewline: true) {
                try StandardOutput.write("\(isExcluded(path) ? 1 : 0)\t\(path)\n")
            }
        }
    }
}
