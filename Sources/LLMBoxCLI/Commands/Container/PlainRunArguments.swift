internal import Engine

/// The command line of `run` where it uses only the commonest options.
///
/// ArgumentParser needs 5 ms to look at the options of `run`, a quarter of a container's start. This reads the lines that
/// scripts are full of; whatever it does not know for certain, mistakes included, it leaves to ``RunCommand``, which has the
/// last word about every option. A test compares the two.
struct PlainRunArguments {
    /// What the options say.
    private(set) var flags = RunFlags(image: "")
    /// Whether `-d` was given.
    private(set) var detach = false

    /// Reads what stands behind `run`; nil where ArgumentParser must look.
    init?(_ arguments: some Collection<String>) {
        var rest = Array(arguments)[...]
        while let word = rest.first, word.hasPrefix("-") {
            rest = rest.dropFirst()
            if setFlag(word) { continue }
            guard let (option, value) = Self.value(of: word, &rest), setOption(option, value) else { return nil }
        }
        guard let image = rest.popFirst(), !image.isEmpty else { return nil }
        flags.image = image
        flags.command = Array(rest)
        flags.terminalSize = CallerWindow.size()
        flags.currentDirectory = ContainerOptionGroup.currentDirectory
    }

    private mutating func setFlag(_ word: String) -> Bool {
        switch word {
        case "--rm": flags.autoRemove = true
        case "--init": flags.usesInit = true
        case "--read-only": flags.isReadOnly = true
        case "-d", "--detach": detach = true
        case "-i", "--interactive": flags.openInput = true
        case "-t", "--tty": flags.terminal = true
        case "-it", "-ti": (flags.openInput, flags.terminal) = (true, true)
        default: return false
        }
        return true
    }

    private mutating func setOption(_ option: Substring, _ value: String) -> Bool {
        switch option {
        case "--name": flags.name = value
        case "--network", "--net": flags.networks.append(value)
        case "--entrypoint": flags.entrypoint = value
        case "--memory", "-m": flags.memory = value
        case "--cpus": flags.cpus = value
        case "--workdir", "-w": flags.workingDirectory = value
        case "--user", "-u": flags.user = value
        case "--hostname", "-h": flags.hostname = value
        case "--env", "-e": flags.environment.append(value)
        case "--publish", "-p": flags.ports.append(value)
        case "--volume", "-v": flags.volumes.append(value)
        case "--gpus": flags.gpus.append(value)
        case "--device": flags.devices.append(value)
        default: return false
        }
        return true
    }

    /// Splits `--option=value`, or takes the value from the next word; nil where a value is missing or in doubt.
    private static func value(of word: String, _ rest: inout ArraySlice<String>) -> (Substring, String)? {
        if word.hasPrefix("--"), let equals = word.firstIndex(of: "=") {
            let value = String(word[word.index(after: equals)...])
            return value.isEmpty ? nil : (word[..<equals], value)
        }
        // A value that looks like an option is one of the cases in which the two parsers could disagree.
        guard let value = rest.first, !value.isEmpty, !value.hasPrefix("-") else { return nil }
        rest = rest.dropFirst()
        return (word[...], value)
    }
}
