internal import ArgumentParser
internal import Testing

@testable internal import LLMBoxCLI

/// Docker's forms of options, for every command.
@Suite struct OptionFormTests {
    /// Every command that does something, by the words that name it; `runtime` speaks as runc does.
    private static func commands(
        below type: any ParsableCommand.Type = RootCommand.self,
        path: [String] = []
    ) -> [(path: [String], type: any ParsableCommand.Type)] {
        let below = type.configuration.subcommands
        if below.isEmpty { return [(path, type)] }
        return below.flatMap { commands(below: $0, path: path + [$0.configuration.commandName ?? ""]) }
            .filter { $0.path.first != "runtime" }
    }

    @Test("every short option of every command takes a joined value, and every short switch may be joined")
    func all() throws {
        var looked = 0
        for (path, type) in Self.commands() {
            let options = try CommandOptions(of: type)
            for (letter, option) in options.letters {
                looked += 1
                if option.takesValue {
                    let long = try #require(option.long, "-\(letter) of \(path) has no long name")
                    for value in ["-", "{{.Id}}", "hi", "a=b", "-1"] {
                        let forms = try [["-\(letter)\(value)"], ["-\(letter)=\(value)"], ["-\(letter)", value]].map {
                            try ArgumentForms.normalized(path + $0)
                        }
                        let meant: Set = [
                            path + ["--\(long)=\(value)"], path + ["-\(letter)", value], path + ["-\(letter)\(value)"],
                        ]
                        #expect(forms.allSatisfy(meant.contains), "\(path) -\(letter)\(value): \(forms)")
                    }
                } else {
                    let form = try ArgumentForms.normalized(path + ["-\(letter)\(letter)"])
                    let apart = path + ["-\(letter)", "-\(letter)"]
                    #expect(form == apart || form == path + ["-\(letter)\(letter)"], "\(path) -\(letter)\(letter)")
                }
            }
        }
        #expect(looked > 150)
    }

    @Test("a word that may be followed by an option without a look at all options takes no value in any command")
    func switches() throws {
        var seen: Set<String> = []
        for (path, type) in Self.commands() where !ArgumentForms.commands.contains(path.last ?? "") {
            let options = try CommandOptions(of: type)
            for word in OptionForms.switches {
                let name = word.drop { $0 == "-" }
                let option =
                    word.hasPrefix("--") ? options.words[String(name)] : name.first.flatMap { options.letters[$0] }
                guard let option else { continue }
                seen.insert(word)
                #expect(!option.takesValue, "\(path) \(word)")
            }
        }
        #expect(seen == OptionForms.switches)
    }

    @Test("the switches of the commands that start containers are those that ArgumentParser knows")
    func starters() throws {
        for (path, type) in Self.commands()
        where ArgumentForms.commands.contains(path.last ?? "") && (path.count == 1 || path[0] == "container") {
            let options = try CommandOptions(of: type)
            let switches = options.words.filter { !$0.value.takesValue }.map(\.key)
            #expect(Set(switches).subtracting(ArgumentForms.flags).isEmpty, "\(path)")
            for letter in ArgumentForms.shortFlags.subtracting(["h"]) {
                #expect(options.letters[letter]?.takesValue != true, "\(path) -\(letter)")
            }
        }
    }

    @Test(
        "docker's forms become ArgumentParser's",
        arguments: [
            ("build -f- .", "build --file=- ."),
            ("build -tx:1 -f=- .", "build --tag=x:1 --file=- ."),
            ("commit -mhi x", "commit --message=hi x"),
            ("commit -m -1 x", "commit --message=-1 x"),
            ("ps -aq", "ps -a -q"),
            ("ps -aqf name=x", "ps -a -q -f name=x"),
            ("image ls -fdangling=true", "image ls --filter=dangling=true"),
            ("images -q=false -a=true", "images -a"),
            (
                "build --pull=true --no-cache=false -q=1 --provenance=false --rm=true .",
                "build --pull -q --provenance=false --rm=true ."
            ),
            ("commit --pause=false x", "commit --no-pause x"),
            ("container commit -p=false x", "container commit --no-pause x"),
            ("history -H=0 x", "history --no-human x"),
            ("login -ubob -ppw host", "login --username=bob --password=pw host"),
            ("build . -- -tx", "build . -- -tx"),
            ("top web -ef", "top web -ef"),
            ("ps -- -aq", "ps -- -aq"),
            ("images --nonsense --help", "images --nonsense"),
        ]
    )
    func forms(written: String, understood: String) throws {
        let words = written.split(separator: " ").map(String.init)
        let result = try ArgumentForms.normalized(words)
        // `--rm` is a switch of `build` where there is one, and then its value goes.
        let meant = understood.split(separator: " ").map(String.init)
        #expect(result == meant || result == meant.map { $0 == "--rm=true" ? "--rm" : $0 })
    }

    @Test(
        "what is wrong is an error",
        arguments: ["ps -az", "images -hz", "images -q=maybe", "commit -zh x"]
    )
    func wrong(written: String) {
        #expect(throws: OptionFormError.self) {
            try ArgumentForms.normalized(written.split(separator: " ").map(String.init))
        }
    }

    @Test("an error names the option and the command, and asking for help is none")
    func words() throws {
        let error = try #require(throws: OptionFormError.self) { try ArgumentForms.normalized(["image", "ls", "-qz"]) }
        #expect(
            UsageMessage.text(for: error)
                == "error: unknown shorthand flag: `z` in `-qz`\n\nRun 'llmbox image ls --help' for more information\n"
        )
        #expect(try ArgumentForms.normalized(["ps", "-ah"]) == ["ps", "-a", "-h"])
    }

    @Test("a build is parsed with switches that have values")
    func parsed() throws {
        let words = try ArgumentForms.normalized(["builder", "build", "--push=false", "--pull=t", "-f-", "-tx:1", "."])
        let command = try #require(try RootCommand.parseAsRoot(words) as? BuildCommand)
        #expect(!command.results.push && command.pull && command.file == "-" && command.tags == ["x:1"])
    }
}
