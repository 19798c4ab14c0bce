internal import Engine

/// The command line of `exec` where it uses only the commonest options.
///
/// The same as ``PlainRunArguments`` for `run`: what it does not know for certain, mistakes included, it leaves to
/// ``ExecCommand``. A test compares the two.
struct PlainExecArguments {
    /// What the options say.
    private(set) var flags: ExecFlags
    /// The container.
    let container: String

    /// Reads what stands behind `exec`; nil where ArgumentParser must look.
    init?(_ arguments: some Collection<String>) {
        var rest = Array(arguments)[...]
        var flags = ExecFlags(command: [])
        while let word = rest.first, word.hasPrefix("-") {
            rest = rest.dropFirst()
            switch word {
            case "-i", "--interactive": flags.openInput = true
            case "-t", "--tty": flags.terminal = true
            case "-it", "-ti": (flags.openInput, flags.terminal) = (true, true)
            case "-d", "--detach": flags.isDetached = true
            case "-u", "--user", "-w", "--workdir", "-e", "--env":
                // A value that looks like an option is one of the cases in which the two parsers could disagree.
                guard let value = rest.popFirst(), !value.isEmpty, !value.hasPrefix("-") else { return nil }
                if word.hasSuffix("u") || word == "--user" {
                    flags.user = value
                } else if word.hasSuffix("w") || word == "--workdir" {
                    flags.workingDirectory = value
                } else {
                    flags.environment.append(value)
                }
            default: return nil
            }
        }
        guard let container = rest.popFirst(), !container.isEmpty, !rest.isEmpty else { return nil }
        flags.command = Array(rest)
        flags.terminalSize = CallerWindow.size()
        self.flags = flags
        self.container = container
    }
}
