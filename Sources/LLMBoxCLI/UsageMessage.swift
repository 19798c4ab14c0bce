internal import ArgumentParser
internal import Diagnostics

/// What a user reads about a command line that cannot be understood.
enum UsageMessage {
    /// The message of `error` in docker's manner: one line, then where to read more.
    static func text(for error: any Error) -> String {
        if let wrong = error as? OptionFormError {
            return
                "error: \(ErrorPresenter.printable(wrong.text))\n\nRun 'llmbox \(wrong.command) --help' for more information\n"
        }
        let message = RootCommand.message(for: error)
        let full = RootCommand.fullMessage(for: error)
        return "error: \(lowercasingFirst(message))\n\nRun '\(command(in: full)) --help' for more information\n"
    }

    /// The exit status of a command line that cannot be understood: docker's parser of options has one of its own, and
    /// the wrong number of arguments is an error as any other.
    static func status(for error: any Error) -> Int32 {
        // ArgumentParser keeps the cases of its errors to itself; a test holds its words to these.
        let message = RootCommand.message(for: error)
        let isAboutArguments =
            message.contains("nexpected argument")
            || ["Missing expected argument", missingArgument, "too many arguments", "nothing is to change"]
                .contains(where: message.hasPrefix)
        return isAboutArguments ? ExitStatus.failure : ExitStatus.engineFailure
    }

    /// How the messages of commands begin that read their arguments themselves.
    static let missingArgument = "missing argument"

    /// The message about a word where a group such as `image` has its commands; nil where that is none of these.
    static func unknownSubcommand(_ arguments: [String]) -> String? {
        var group: any ParsableCommand.Type = RootCommand.self
        var path: [String] = []
        for word in arguments {
            let below = group.configuration.subcommands
            if below.isEmpty || word.hasPrefix("-") || word == "help" { return nil }
            guard let next = below.first(where: { names(of: $0).contains(word) }) else {
                return unknown(word, in: path, among: below.flatMap { names(of: $0) })
            }
            path.append(word)
            group = next
        }
        return nil
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        [command.configuration.commandName ?? ""] + command.configuration.aliases
    }

    private static func unknown(_ word: String, in path: [String], among names: [String]) -> String {
        let group = path.joined(separator: " ")
        var hint = "Run 'llmbox \(group) --help' for more information"
        if let nearest = closestMatch(to: word, in: names) { hint = "hint: did you mean `llmbox \(group) \(nearest)`?" }
        return "error: unknown command `\(ErrorPresenter.printable("\(group) \(word)"))`\n\n\(hint)\n"
    }

    /// The message about a word that is no command, with the nearest one that is.
    static func unknownCommand(_ word: String) -> String {
        if let reason = dockersOwn[word] { return "error: there is no `\(word)` in llmbox\n  \(reason)\n" }
        let nearest = closestMatch(to: word, in: RootCommand.commandNames)
        let hint = nearest.map { "hint: did you mean `llmbox \($0)`?" } ?? "Run 'llmbox --help' for more information"
        return "error: unknown command `\(ErrorPresenter.printable(word))`\n\n\(hint)\n"
    }

    /// Docker's commands that are not ours, and what to do in their place.
    private static let dockersOwn = [
        "compose":
            "compose files are not run yet; `llmbox network create` and `llmbox run --network` start the services one by one",
        "context":
            "there is no daemon to talk to: llmbox works on this machine, on the store that `--root` or LLMBOX_ROOT names",
        "search": "registries have no common search; `skopeo list-tags docker://NAME` lists the tags of a repository",
        "swarm": swarm, "service": swarm, "stack": swarm, "node": swarm, "config": swarm, "secret": swarm,
        "plugin": "there are no plugins: volume drivers and networks are built in",
        "trust": "signatures are not checked; a name with a digest (`name@sha256:…`) fixes what is pulled",
        "checkpoint": "containers cannot be frozen to the disk; `llmbox pause` keeps them in memory",
        "scout": "images are not searched for vulnerabilities; `llmbox save` writes what other scanners read",
    ]

    private static let swarm = "llmbox looks after the containers of one machine and has no swarm"

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
