import Diagnostics
import DockerfileSyntax

/// Writes a tree as text, one node a line.
enum TreeDump {
    static func text(_ dockerfile: Dockerfile) -> String {
        var lines = dockerfile.directives.map { "directive \($0.kind)" }
        lines += dockerfile.globalArgs.map { "global \(describe($0))" }
        for stage in dockerfile.stages {
            var line = "stage \(stage.index) \(quoted(stage.from.image.text))"
            if let name = stage.name { line += " name=\(name)" }
            if let platform = stage.platform { line += " platform=\(quoted(platform.text))" }
            lines.append(line)
            lines += stage.instructions.map { "  \(describe($0))" }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func describe(_ instruction: Instruction) -> String {
        let name = instruction.kind.name.rawValue
        return
            "\(name) [\(instruction.range.lowerBound)..<\(instruction.range.upperBound)] \(describe(instruction.kind))"
    }

    private static func describe(_ kind: InstructionKind) -> String {
        switch kind {
        case .copy(let copy): describe(copy)
        case .arg(let all):
            all.map { "\($0.name.text)=\($0.value.map { quoted($0.text) } ?? "nil")" }.joined(separator: " ")
        case .cmd(let form), .entrypoint(let form): describe(form)
        case .env(let list), .label(let list):
            list.pairs.map { "\($0.key.text)=\(quoted($0.value.text))" }.joined(separator: " ")
        case .expose(let words), .volume(let words): words.map { quoted($0.text) }.joined(separator: " ")
        case .healthcheck(.none): "none"
        case .healthcheck(.command(let check)): describe(check)
        case .maintainer(let word), .stopSignal(let word), .user(let word), .workdir(let word): quoted(word.text)
        case .onbuild(let onbuild): "\(quoted(onbuild.triggerText)) -> \(describe(onbuild.trigger))"
        case .run(let run): describe(run)
        case .shell(let words): describe(.exec(words))
        }
    }

    private static func describe(_ form: CommandForm) -> String {
        switch form {
        case .shell(let text): "shell \(quoted(text))"
        case .exec(let words): "exec [\(words.map(quoted).joined(separator: ", "))]"
        }
    }

    private static func describe(_ check: HealthcheckInstruction.Check) -> String {
        let options: [(String, Int64?)] = [
            ("interval", check.intervalNanoseconds), ("timeout", check.timeoutNanoseconds),
            ("start-period", check.startPeriodNanoseconds), ("start-interval", check.startIntervalNanoseconds),
            ("retries", check.retries.map(Int64.init)),
        ]
        return (options.compactMap { name, value in value.map { "\(name)=\($0)" } } + [describe(check.form)])
            .joined(separator: " ")
    }

    private static func describe(_ run: RunInstruction) -> String {
        var parts = run.mounts.map { "mount(\($0.word.text))" }
        if let network = run.network { parts.append("network=\(network.rawValue)") }
        if let security = run.security { parts.append("security=\(security.rawValue)") }
        parts += run.devices.map { "device=\($0.name.text)" }
        switch run.script {
        case .shell(let text): parts.append("shell \(quoted(text))")
        case .exec(let words): parts.append(describe(.exec(words)))
        case .file(let name, let content): parts.append("file \(name) \(quoted(content))")
        }
        return parts.joined(separator: " ")
    }

    private static func describe(_ copy: CopyInstruction) -> String {
        var parts: [String] = []
        for (name, word) in [
            ("from", copy.from), ("chown", copy.chown), ("chmod", copy.chmod), ("checksum", copy.checksum),
        ] {
            if let word { parts.append("\(name)=\(quoted(word.text))") }
        }
        if copy.link { parts.append("link") }
        if copy.parents { parts.append("parents") }
        if copy.keepGitDir { parts.append("keep-git-dir") }
        if let unpack = copy.unpack { parts.append("unpack=\(unpack)") }
        parts += copy.excludes.map { "exclude=\(quoted($0.text))" }
        parts += copy.sources.map { source in
            switch source {
            case .path(let word): quoted(word.text)
            case .heredoc(let heredoc): "heredoc(\(heredoc.name) expands=\(heredoc.expands) \(quoted(heredoc.content)))"
            }
        }
        return parts.joined(separator: " ") + " -> \(quoted(copy.destination.text))"
    }

    private static func quoted(_ text: String) -> String { "«\(TerminalText.escaped(text, keepingLayout: false))»" }
}
