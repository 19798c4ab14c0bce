internal import Diagnostics

extension LintRule {
    static let jsonArgsRecommended = LintRule(
        name: "JSONArgsRecommended",
        summary: "A command in shell form does not get the signals that stop a container."
    ) { input in
        input.dockerfile.stages.flatMap { stage in
            stage.instructions.enumerated().compactMap { place, instruction -> Finding? in
                let text: String
                switch instruction.kind {
                case .cmd(.shell(let written)), .entrypoint(.shell(let written)): text = written
                default: return nil
                }
                let name = instruction.kind.name.rawValue
                if let finding = brokenArray(text, of: name, at: instruction.keyword.range) { return finding }
                // A shell set on purpose makes the shell form a choice.
                let isChosen = input.isPreceded(place, in: stage) { if case .shell = $0 { true } else { false } }
                if isChosen { return nil }
                return Finding(
                    range: instruction.keyword.range,
                    message: "`\(name)` in shell form does not pass signals on to the program",
                    hint: "write it as a JSON array: `\(name) [\"program\", \"argument\"]`"
                )
            }
        }
    }

    /// What was meant as a JSON array and is shell text: nobody's program is called `['sh',`.
    private static func brokenArray(_ text: String, of name: String, at range: SourceRange) -> Finding? {
        guard text.hasPrefix("["), text.hasSuffix("]") else { return nil }
        let inside = text.dropFirst().drop { $0 == " " }
        guard let quote = inside.first, "'\"“‘".contains(quote) else { return nil }
        let why = quote == "\"" ? "" : ", because JSON has double quotes only"
        return Finding(
            range: range,
            message: "`\(name) [` begins no JSON array\(why); the shell is given the line as it stands",
            hint: "write it as `\(name) [\"program\", \"argument\"]`"
        )
    }

    static let multipleInstructionsDisallowed = LintRule(
        name: "MultipleInstructionsDisallowed",
        summary: "Only the last `CMD`, `ENTRYPOINT` and `HEALTHCHECK` of a stage has an effect."
    ) { input in
        input.dockerfile.stages.flatMap { stage in
            [InstructionName.cmd, .entrypoint, .healthcheck].flatMap { name in
                let all = stage.instructions.filter { $0.kind.name == name }
                return all.dropLast().map { instruction in
                    let message = "this `\(name.rawValue)` has no effect: a later one replaces it"
                    return Finding(range: instruction.keyword.range, message: message)
                }
            }
        }
    }

    static let redundantTargetPlatform = LintRule(
        name: "RedundantTargetPlatform",
        summary: "`--platform=$TARGETPLATFORM` is what `FROM` does anyway."
    ) { input in
        input.dockerfile.stages.compactMap(\.platform).compactMap { platform in
            guard ["$TARGETPLATFORM", "${TARGETPLATFORM}"].contains(platform.text) else { return nil }
            let message = "`--platform=\(platform.text)` is the default"
            return Finding(range: platform.range, message: message, hint: "remove the flag")
        }
    }

    static let exposeInvalidFormat = LintRule(
        name: "ExposeInvalidFormat",
        summary: "`EXPOSE` names ports of the container only; host ports and addresses are dropped."
    ) { input in
        ports(input).compactMap { word in
            guard word.text.contains(":"), !word.mentionsVariable else { return nil }
            let port = word.text.split(separator: ":").last.map(String.init) ?? word.text
            let message = "`\(word.text)` names more than a port of the container"
            let hint = "write `EXPOSE \(port)` and publish it with `run -p`"
            return Finding(range: word.range, message: message, hint: hint)
        }
    }

    static let exposeProtoCasing = LintRule(
        name: "ExposeProtoCasing",
        summary: "The protocol in `EXPOSE` should be lower case."
    ) { input in
        ports(input).compactMap { word in
            guard !word.mentionsVariable, word.text != word.text.lowercased() else { return nil }
            let message = "the protocol of `\(word.text)` should be lower case"
            return Finding(range: word.range, message: message, hint: "write `\(word.text.lowercased())`")
        }
    }

    private static func ports(_ input: LintInput) -> [Word] {
        input.allInstructions.flatMap { instruction -> [Word] in
            if case .expose(let words) = instruction.kind { words } else { [] }
        }
    }

    static let secretsUsedInArgOrEnv = LintRule(
        name: "SecretsUsedInArgOrEnv",
        summary: "Values of `ARG` and `ENV` end up in the image's history or configuration."
    ) { input in
        input.allInstructions.flatMap { instruction -> [Finding] in
            let names: [Word]
            switch instruction.kind {
            case .arg(let declarations): names = declarations.map(\.name)
            case .env(let list): names = list.pairs.map(\.key)
            default: return []
            }
            return names.filter { looksSecret($0.text) }.map { name in
                Finding(
                    range: name.range,
                    message: "`\(name.text)` looks like a secret, and \(instruction.kind.name.rawValue) values are not",
                    hint: "use `RUN --mount=type=secret,id=\(name.text)`"
                )
            }
        }
    }

    /// Whether a part of the name between underscores is one of the usual words.
    private static func looksSecret(_ name: String) -> Bool {
        let parts = name.lowercased().split(separator: "_", omittingEmptySubsequences: false)
        if parts.contains("public") { return false }
        let words: Set<Substring> = [
            "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token",
        ]
        return parts.contains { words.contains($0) }
    }
}
