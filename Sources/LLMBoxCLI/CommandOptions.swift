internal import ArgumentParser
internal import FoundationEssentials

/// The options that a command has, asked of ArgumentParser itself, so that no list can fall behind.
struct CommandOptions {
    /// One option, under any of its names.
    struct Choice {
        /// The long name, without dashes.
        var long: String?
        /// Whether it is followed by a value.
        var takesValue: Bool
    }

    /// The options by their letters.
    private(set) var letters: [Character: Choice] = [:]
    /// The options by their long names.
    private(set) var words: [String: Choice] = [:]
    /// Whether what stands behind the first word that is no option belongs to another program.
    private(set) var endAtFirstWord = false

    /// Reads the options of `command`.
    init(of command: any ParsableCommand.Type) throws {
        // A command's own description: that of the whole tree takes ten times as long.
        let description = try JSONDecoder().decode(Description.self, from: Data(command._dumpHelp().utf8))
        for argument in description.command.arguments ?? [] {
            guard let names = argument.names, argument.kind != "positional" else {
                if argument.parsingStrategy == "allRemainingInput" { endAtFirstWord = true }
                continue
            }
            let choice = Choice(
                long: names.first { $0.kind == "long" }?.name,
                takesValue: argument.kind == "option"
            )
            for name in names where name.kind == "long" { words[name.name] = choice }
            for name in names where name.kind == "short" {
                // The first has the letter: `-h` is the host name of `run`, whose help has only its long name.
                let letter = Character(name.name)
                letters[letter] = letters[letter] ?? choice
            }
        }
    }

    /// The long name that says the opposite of the switch `name`, where there is one.
    func denial(of name: String) -> String? {
        let denied = "no-" + name
        return words[denied].map { _ in denied }
    }

    private struct Description: Decodable {
        var command: Command

        struct Command: Decodable {
            var arguments: [Argument]?
        }
        struct Argument: Decodable {
            var kind: String
            var names: [Name]?
            var parsingStrategy: String?
        }
        struct Name: Decodable {
            var kind: String
            var name: String
        }
    }
}
