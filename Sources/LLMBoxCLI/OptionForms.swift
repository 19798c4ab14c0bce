internal import ArgumentParser

/// Docker's forms of the options of every command, said in ArgumentParser's words.
///
/// | written | understood as |
/// |---|---|
/// | `-f-`, `-f=-` | `--file=-` |
/// | `-aqf x` | `-a -q -f x` |
/// | `-m -1` | `--memory=-1` |
/// | `--pull=true`, `-q=1` | `--pull`, `-q` |
/// | `--pull=false`, `--pause=false` | nothing, `--no-pause` |
///
/// ArgumentParser would read `commit -mhi` as `-m -h -i`, which asks for help. ``ArgumentForms`` does the same for the
/// commands that start containers, whose start must not wait for this look at all options.
struct OptionForms {
    private let options: CommandOptions
    private let command: String

    private init(of type: any ParsableCommand.Type, named command: [String]) throws {
        options = try CommandOptions(of: type)
        self.command = command.joined(separator: " ")
    }

    /// The command line in ArgumentParser's form.
    ///
    /// - Throws: ``OptionFormError`` for a letter that is no option of the command, and for a switch with a value that is
    ///   neither true nor false.
    static func normalized(_ arguments: [String]) throws -> [String] {
        guard let (type, depth) = command(in: arguments), needsLook(arguments[depth...]) else { return arguments }
        let name = Array(arguments[..<depth])
        return try name + OptionForms(of: type, named: name).normalized(arguments[depth...])
    }

    /// The command that the first words name, and how many they are; nil where another word has to follow.
    static func command(in arguments: [String]) -> (type: any ParsableCommand.Type, depth: Int)? {
        var type: any ParsableCommand.Type = RootCommand.self
        var depth = 0
        while depth < arguments.count {
            let below = type.configuration.subcommands.first {
                $0.configuration.commandName == arguments[depth]
                    || $0.configuration.aliases.contains(arguments[depth])
            }
            guard let below else { break }
            type = below
            depth += 1
        }
        return depth > 0 && type.configuration.subcommands.isEmpty ? (type, depth) : nil
    }

    /// Words that take no value in any command, so that an option may follow them.
    static let switches: Set = [
        "-q", "--all", "--check", "--force", "--load", "--no-cache", "--no-trunc", "--plan", "--pull", "--push",
        "--quiet",
    ]

    /// Whether there is a word that ArgumentParser might not understand as docker does.
    private static func needsLook(_ words: ArraySlice<String>) -> Bool {
        var followsOption = false
        for word in words {
            if word == "--" { return false }
            let isOption = word.hasPrefix("-") && word != "-"
            if isOption && followsOption { return true }
            let isLong = word.hasPrefix("--")
            if isOption && !isLong && word.utf8.count > 2 { return true }
            let equals = isLong ? word.firstIndex(of: "=") : nil
            if let equals, truth(word[word.index(after: equals)...]) != nil { return true }
            followsOption = isOption && equals == nil && !switches.contains(word)
        }
        return false
    }

    private func normalized(_ words: ArraySlice<String>) throws -> [String] {
        var result: [String] = []
        var rest = words
        var isWrong = false
        while let word = rest.popFirst() {
            if word == "--" {
                rest = [word] + rest
                break
            }
            if !word.hasPrefix("-") || word == "-" {
                result.append(word)
                if options.endAtFirstWord { break }
            } else if word.hasPrefix("--") {
                let isKnown = try long(word, &rest, &result)
                isWrong = isWrong || !isKnown
            } else {
                try short(word, &rest, &result)
            }
        }
        // A wrong option is an error whatever stands behind it; ArgumentParser knows the words for it.
        if isWrong { result.removeAll { $0 == "--help" || $0 == "-h" } }
        return result + rest
    }

    /// Adds an option in its long form, with its value; whether there is such an option.
    private func long(_ word: String, _ rest: inout ArraySlice<String>, _ result: inout [String]) throws -> Bool {
        let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = options.words[name] else {
            result.append(word)
            return false
        }
        switch (option.takesValue, parts.count == 2) {
        case (true, true), (false, false): result.append(word)
        case (true, false): appendNext(word, long: name, &rest, &result)
        case (false, true): try appendSwitch("--" + name, long: name, value: parts[1], &result)
        }
        return true
    }

    /// Adds a cluster of options in their short form, with the value of the last.
    private func short(_ word: String, _ rest: inout ArraySlice<String>, _ result: inout [String]) throws {
        var cluster = word.dropFirst()
        while let letter = cluster.popFirst() {
            guard let option = options.letters[letter] else {
                throw OptionFormError(text: "unknown shorthand flag: `\(letter)` in `\(word)`", command: command)
            }
            let hasValue = cluster.first == "=" && cluster.utf8.count > 1
            if !option.takesValue {
                guard hasValue else {
                    result.append("-\(letter)")
                    continue
                }
                return try appendSwitch("-\(letter)", long: option.long, value: cluster.dropFirst(), &result)
            }
            if cluster.isEmpty { return appendNext("-\(letter)", long: option.long, &rest, &result) }
            let value = String(hasValue ? cluster.dropFirst() : cluster)
            if let long = option.long { result.append("--\(long)=\(value)") } else { result += ["-\(letter)", value] }
            return
        }
    }

    /// Adds an option whose value is the next word, whatever that looks like.
    private func appendNext(
        _ written: String,
        long: String?,
        _ rest: inout ArraySlice<String>,
        _ result: inout [String]
    ) {
        guard let value = rest.popFirst() else { return result.append(written) }
        if let long, value.hasPrefix("-"), value != "-" {
            result.append("--\(long)=\(value)")
        } else {
            result += [written, value]
        }
    }

    /// Adds a switch that was given a value.
    private func appendSwitch(_ written: String, long: String?, value: Substring, _ result: inout [String]) throws {
        switch Self.truth(value) {
        case true?: result.append(written)
        // Where leaving a switch out is not the same as denying it, it has a form that denies it.
        case false?: if let denial = long.flatMap(options.denial) { result.append("--" + denial) }
        case nil:
            throw OptionFormError(
                text: "invalid value `\(value)` for `\(written)`: it is `true` or `false`",
                command: command
            )
        }
    }

    private static func truth(_ text: Substring) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "t": true
        case "false", "0", "f": false
        default: nil
        }
    }
}

/// An option that a command does not have, or a value that it cannot have.
struct OptionFormError: Error {
    /// What is wrong, in one line.
    var text: String
    /// The command, as it was written.
    var command: String
}
