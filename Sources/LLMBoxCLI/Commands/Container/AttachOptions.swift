internal import ArgumentParser
internal import Engine

/// How `attach` and `start` pass keys and signals on.
struct AttachOptions: ParsableArguments {
    @Option(name: .long, help: "Keys that leave the container running, such as ctrl-p,ctrl-q.") var detachKeys: String?
    @Option(name: .long, help: "Whether signals go to a container without a terminal: true or false.")
    var sigProxy = true

    func flags(attachesInput: Bool) -> AttachFlags {
        var flags = AttachFlags()
        flags.attachesInput = attachesInput
        flags.forwardsSignals = sigProxy
        flags.detachKeys = detachKeys
        return flags
    }
}

/// What `run` attaches to.
struct RunAttachOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Attach to stdin, stdout or stderr only.") var attach: [StandardStream] = []
    @OptionGroup var keys: AttachOptions

    func flags(openInput: Bool) -> AttachFlags {
        var flags = keys.flags(attachesInput: openInput)
        if !attach.isEmpty {
            flags.attachesInput = openInput && attach.contains(.stdin)
            flags.showsOutput = attach.contains(.stdout)
            flags.showsErrors = attach.contains(.stderr)
        }
        return flags
    }
}

/// A stream as `-a` names it, in any case.
enum StandardStream: String, ExpressibleByArgument, CaseIterable {
    case stdin
    case stdout
    case stderr

    init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}

/// What a user reads, and a script gets, at the end of an attachment.
enum AttachReport {
    /// Ends the command as the outcome says.
    static func finish(_ outcome: AttachOutcome) throws {
        switch outcome {
        case .exited(0): return
        case .exited(let code): throw ExitCode(code)
        case .detached: ErrorPresenter.write("\nread escape sequence\n")
        case .interrupted(let signal): throw ExitCode(ExitStatus.signaled(signal))
        }
    }
}
