/// `RUN` with its flags.
public struct RunInstruction: Hashable, Sendable {
    /// The value of `--network`.
    public enum Network: String, CaseIterable, Hashable, Sendable {
        case standard = "default"
        case none
        case host
    }

    /// The value of `--security`.
    public enum Security: String, CaseIterable, Hashable, Sendable {
        case sandbox
        case insecure
    }

    /// What a `RUN` hands to the kernel once heredocs are put in place.
    public enum Script: Hashable, Sendable {
        /// Text to append to the `SHELL` of the stage.
        case shell(String)
        /// Program and arguments.
        case exec([String])
        /// A file whose first line names its interpreter, to be written somewhere and executed.
        case file(name: String, content: String)
    }

    /// The command as written.
    public let form: CommandForm
    /// The heredocs of the shell form.
    public let heredocs: [Heredoc]
    /// The `--mount` flags in order.
    public let mounts: [RunMountFlag]
    /// The network of the step.
    public let network: Network?
    /// The security mode of the step.
    public let security: Security?
    /// The `--device` flags in order.
    public let devices: [RunDevice]

    /// What to run: a lone heredoc is the script itself, any other is handed to the shell with its body.
    public var script: Script {
        switch form {
        case .exec(let words):
            return .exec(words)
        case .shell(let text):
            guard let first = heredocs.first else { return .shell(text) }
            if heredocs.count == 1, HeredocOperator(word: text) != nil {
                // The interpreter line decides on the body as written: an indented `#!` is none.
                guard first.body.hasPrefix("#!") else { return .shell(first.content) }
                return .file(name: first.name, content: first.content)
            }
            return .shell(heredocs.reduce(text) { $0 + "\n" + $1.body + $1.name })
        }
    }
}
