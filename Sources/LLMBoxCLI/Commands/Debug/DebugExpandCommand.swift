internal import ArgumentParser
internal import Engine

/// `llmbox debug expand`.
struct DebugExpandCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expand",
        abstract: "Expand a word as an instruction would: replace variables, remove quotes.",
        discussion: "The answer is {\"result\"}, or {\"words\"} with `--words`."
    )

    @Flag(help: "Split the result at the blanks that no quotes protect.")
    var words = false
    @Option(name: [.customShort("e"), .customLong("env")], help: "Set a variable: NAME=VALUE; NAME alone is empty.")
    var variables: [String] = []
    @Option(help: "The escape character: \\ or `.")
    var escape = "\\"
    @Argument(help: "The word; write -- in front of it.")
    var word: String

    func run() throws {
        guard ["\\", "`"].contains(escape) else {
            throw BuildOptionError.invalid(option: "--escape", value: escape, allowed: "`\\`, `` ` ``")
        }
        var values: [String: String] = [:]
        for text in variables {
            let (name, value) = BuildOptionText.pair(text)
            values[name] = value ?? ""
        }
        let backtick = escape == "`"
        if words {
            let result = try FrontEndWindows.expandWords(word, variables: values, backtick: backtick)
            try DebugCommand.print(["words": result])
        } else {
            let result = try FrontEndWindows.expand(word, variables: values, backtick: backtick)
            try DebugCommand.print(["result": result])
        }
    }
}
