internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// The instructions that only edit the configuration.
extension StagePlanner {
    /// Applies the instruction and tells its history text; nil when it leaves none or a mistake was reported.
    func applyMetadata(_ context: InstructionContext) -> String? {
        switch context.instruction.kind {
        case .arg(let declarations): applyArguments(declarations, context)
        case .env(let list): applyEnvironment(list, context)
        case .label(let list): applyLabels(list, context)
        case .cmd(let form): applyCommand(form)
        case .entrypoint(let form): applyEntrypoint(form)
        case .expose(let words): applyExpose(words, context)
        case .healthcheck(let check): applyHealthcheck(check)
        case .maintainer(let word): applyMaintainer(word)
        case .onbuild(let onbuild): applyOnbuild(onbuild)
        case .shell(let words): applyShell(words)
        case .stopSignal(let word): applyStopSignal(word, context)
        case .user(let word): applyUser(word, context)
        case .volume(let words): applyVolume(words, context)
        case .copy, .run, .workdir: nil
        }
    }

    private func applyArguments(_ declarations: [ArgDeclaration], _ context: InstructionContext) -> String? {
        var shown: [String] = []
        var isValid = true
        for declaration in declarations {
            guard let name = expand(declaration.name, context) else {
                isValid = false
                continue
            }
            var value = session.request.buildArguments[name]
            if value == nil, let word = declaration.value {
                value = expand(word, context)
                isValid = isValid && value != nil
            }
            if value == nil { value = session.globals[name] }
            shown.append(value.map { "\(name)=\($0)" } ?? name)
            state.arguments.append((name, value))
            session.declaredArguments.insert(name)
            // What a trigger declares stands in no line of this file.
            if !isTrigger {
                session.declare(PlannedArgument(name: name, value: value, range: context.instruction.range))
            }
            if let value { state.scope.set(name, to: value) }
        }
        return isValid ? "ARG " + shown.joined(separator: " ") : nil
    }

    private func pairs(_ list: KeyValueList, _ context: InstructionContext) -> [(key: String, value: String)]? {
        var result: [(key: String, value: String)] = []
        for pair in list.pairs {
            guard let key = expand(pair.key, context), let value = expand(pair.value, context) else { continue }
            result.append((key, value))
        }
        return result.count == list.pairs.count ? result : nil
    }

    private func applyEnvironment(_ list: KeyValueList, _ context: InstructionContext) -> String? {
        guard let pairs = pairs(list, context) else { return nil }
        var environment = state.config.env ?? []
        for (name, value) in pairs {
            guard !name.isEmpty else {
                report(Diagnostic(.error, "a variable needs a name", at: context.instruction.range))
                return nil
            }
            let entry = "\(name)=\(value)"
            if let index = environment.firstIndex(where: { VariableScope.split($0).name == name }) {
                environment[index] = entry
            } else {
                environment.append(entry)
            }
            state.scope.set(name, to: value)
        }
        state.config.env = environment
        return "ENV " + pairs.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    private func applyLabels(_ list: KeyValueList, _ context: InstructionContext) -> String? {
        guard let pairs = pairs(list, context) else { return nil }
        for (name, value) in pairs { state.config.labels[orEmpty: name] = value }
        return "LABEL " + pairs.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    private func command(_ form: CommandForm) -> [String] {
        switch form {
        case .shell(let text): state.shell + [text]
        case .exec(let words): words
        }
    }

    private func applyCommand(_ form: CommandForm) -> String? {
        let words = command(form)
        state.config.cmd = words.isEmpty ? nil : words
        state.config.argsEscaped = nil
        state.hasOwnCommand = true
        return "CMD " + HistoryText.quoted(words)
    }

    private func applyEntrypoint(_ form: CommandForm) -> String? {
        let words = command(form)
        state.config.entrypoint = words.isEmpty ? nil : words
        // An inherited command was meant for the inherited entry point.
        if !state.hasOwnCommand { state.config.cmd = nil }
        return "ENTRYPOINT " + HistoryText.quoted(words)
    }

    private func applyExpose(_ words: [Word], _ context: InstructionContext) -> String? {
        var keys: Set<String> = []
        for word in words {
            guard let ports = expandToWords(word, context) else { return nil }
            for port in ports {
                guard let found = PortSpec.keys(port) else {
                    report(
                        Diagnostic(
                            .error,
                            "`\(port)` is not a port",
                            at: word.range,
                            hint: "write it as `8000`, `8000/udp` or `8000-8010`"
                        )
                    )
                    return nil
                }
                keys.formUnion(found)
            }
        }
        var exposed = state.config.exposedPorts ?? [:]
        for key in keys { exposed[key] = EmptyObject() }
        state.config.exposedPorts = exposed
        return "EXPOSE [" + keys.sorted().joined(separator: " ") + "]"
    }

    private func applyHealthcheck(_ instruction: HealthcheckInstruction) -> String? {
        var check = Healthcheck()
        switch instruction {
        case .none: check.test = ["NONE"]
        case .command(let written):
            switch written.form {
            case .shell(let text): check.test = ["CMD-SHELL", text]
            case .exec(let words): check.test = ["CMD"] + words
            }
            // Nothing stands for the default, and is not written down.
            let time: (Int64?) -> Int64? = { $0 == 0 ? nil : $0 }
            check.interval = time(written.intervalNanoseconds)
            check.timeout = time(written.timeoutNanoseconds)
            check.startPeriod = time(written.startPeriodNanoseconds)
            check.startInterval = time(written.startIntervalNanoseconds)
            check.retries = written.retries
        }
        state.config.healthcheck = check
        return HistoryText.healthcheck(check)
    }

    private func applyMaintainer(_ word: Word) -> String? {
        state.author = word.text
        return "MAINTAINER \(word.text)"
    }

    private func applyOnbuild(_ onbuild: OnbuildInstruction) -> String? {
        state.config.onBuild = (state.config.onBuild ?? []) + [onbuild.triggerText]
        // BuildKit keeps no entry of a trigger in the history of the image that only carries it.
        return nil
    }

    private func applyShell(_ words: [String]) -> String? {
        state.config.shell = words
        return "SHELL [" + words.joined(separator: " ") + "]"
    }

    private func applyStopSignal(_ word: Word, _ context: InstructionContext) -> String? {
        guard let signal = expand(word, context) else { return nil }
        guard SignalName.number(of: signal) != nil else {
            report(
                Diagnostic(
                    .error,
                    "`\(signal)` is not a signal",
                    at: word.range,
                    hint: "write a name such as `SIGTERM` or a number"
                )
            )
            return nil
        }
        state.config.stopSignal = signal
        return "STOPSIGNAL \(signal)"
    }

    private func applyUser(_ word: Word, _ context: InstructionContext) -> String? {
        guard let user = expand(word, context) else { return nil }
        state.config.user = user
        return "USER \(user)"
    }

    private func applyVolume(_ words: [Word], _ context: InstructionContext) -> String? {
        var paths: [String] = []
        for word in words {
            guard let path = expand(word, context) else { return nil }
            guard !path.isEmpty else {
                report(Diagnostic(.error, "a volume needs a path", at: word.range))
                return nil
            }
            paths.append(path)
        }
        var volumes = state.config.volumes ?? [:]
        for path in paths { volumes[path] = EmptyObject() }
        state.config.volumes = volumes
        return "VOLUME [" + paths.joined(separator: " ") + "]"
    }

    private func expandToWords(_ word: Word, _ context: InstructionContext) -> [String]? {
        do {
            return try context.expander.expandToWords(word)
        } catch {
            report(error)
            return nil
        }
    }
}
