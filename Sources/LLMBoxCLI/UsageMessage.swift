internal import ArgumentParser
internal import Diagnostics

/// What a user reads about a command line that cannot be understood.
enum UsageMessage {
    /// The message of `error` in docker's manner: one line, then where to read more.
    static func text(for error: any Error) -> String {
        let message = RootCommand.message(for: error)
        let full = RootCommand.fullMessage(for: error)
        return "error: \(lowercasingFirst(message))\n\nRun '\(command(in: full)) --help' for more information\n"
    }

    /// The message about a word that is no command, with the nearest one that is.
    static func unknownCommand(_ word: String) -> String {
        let nearest = closestMatch(to: word, in: RootCommand.commandNames)
        let hint = nearest.map { "hint: did you mean `llmbox \($0)`?" } ?? "Run 'llmbox --help' for more information"
        return "error: unknown command `\(ErrorPresenter.printable(word))`\n\n\(hint)\n"
    }

    /// The command that ArgumentParser's usage line names: `Usage: llmbox build [--file …]` is `llmbox build`.
    private static func command(in message: String) -> String {
        for line in message.split(separator: "\n") where line.hasPrefix("Usage: ") {
            let words = line.dropFirst("Usage: ".count).split(separator: " ")
            return words.prefix { !$0.hasPrefix("[") && !$0.hasPrefix("<") && !$0.hasPrefix("-") }.joined(
                separator: " "
            )
        }
        return "llmbox"
    }

    private static func lowercasingFirst(_ text: String) -> String {
        text.prefix(1).lowercased() + text.dropFirst()
    }
}
