internal import ArgumentParser
internal import Diagnostics

/// The words behind the options of a command that passes them on, such as `run`.
enum PassedThrough {
    /// Refuses a word with a dash where the options end: it is an option that does not exist.
    ///
    /// - Throws: a request for help, or an error with the nearest option that there is.
    static func check(_ words: [String], of command: any ParsableCommand.Type) throws {
        guard let first = words.first, first.hasPrefix("-"), first != "--" else { return }
        if first == "--help" || first == "-h" { throw CleanExit.helpRequest(command) }
        throw ValidationError("unknown flag: `\(first)`" + hint(first, command))
    }

    private static func hint(_ word: String, _ command: any ParsableCommand.Type) -> String {
        let name = String(word.prefix { $0 != "=" })
        guard name.hasPrefix("--") else { return "" }
        let known = options(in: RootCommand.helpMessage(for: command))
        return closestMatch(to: name, in: known).map { "; did you mean `\($0)`?" } ?? ""
    }

    /// The long options that a help text names at the beginnings of its lines.
    private static func options(in help: String) -> [String] {
        help.split(separator: "\n").flatMap { line -> [String] in
            let trimmed = line.drop { $0 == " " }
            guard trimmed.hasPrefix("-") else { return [] }
            return trimmed.split(whereSeparator: { " ,/".contains($0) }).filter { $0.hasPrefix("--") }.map(String.init)
        }
    }
}
