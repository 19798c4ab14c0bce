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
