internal import ArgumentParser
internal import Engine

/// The command `llmbox exec`.
struct ExecCommand: ParsableCommand, StartsContainers {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a further process in a running container.",
        usage: "llmbox exec [OPTIONS] CONTAINER COMMAND [ARG...]"
    )

    @Flag(name: .shortAndLong, help: "Run in the background.") var detach = false
    @Flag(name: .shortAndLong, help: "Give it the caller's standard input.") var interactive = false
    @Flag(name: .shortAndLong, help: "Give it a terminal.") var tty = false
    @Flag(name: .long, help: "Give it every right that llmbox has.") var privileged = false
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        parsing: .unconditionalSingleValue,
        help: "Variable NAME=VALUE, or NAME to take the caller's."
    )
    var env: [String] = []
    @Option(name: .long, help: "File of variables.") var envFile: [String] = []
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "User, as NAME|UID[:GROUP|GID].") var user:
        String?
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Working directory.") var workdir: String?
    @Option(name: .long, help: "Keys that leave the process running, such as ctrl-p,ctrl-q.") var detachKeys: String?
    @Argument(parsing: .captureForPassthrough, help: "The container, then the command and its arguments.")
    var containerAndCommand: [String] = []

    func validate() throws {
        try PassedThrough.check(containerAndCommand, of: Self.self)
        guard words.count >= 2 else {
            throw ValidationError("\(UsageMessage.missingArgument): a container and a command are needed")
        }
    }

    private var words: [String] {
        containerAndCommand.first == "--" ? Array(containerAndCommand.dropFirst()) : containerAndCommand
    }

    /// The container.
    var container: String { words[0] }

    /// What the options say.
    var flags: ExecFlags {
        var flags = ExecFlags(command: Array(words.dropFirst()))
        flags.environment = env
        flags.environmentFiles = envFile.map(ContainerOptionGroup.absolute)
        flags.user = user
        flags.workingDirectory = workdir
        flags.isPrivileged = privileged
        flags.terminal = tty
        flags.openInput = interactive
        flags.isDetached = detach
        flags.detachKeys = detachKeys
        flags.terminalSize = CallerWindow.size()
        return flags
    }

    func run() throws { try Self.run(flags, in: container) }

    /// Runs the process and ends with its status.
    static func run(_ flags: ExecFlags, in container: String) throws {
        try ContainerFailure.exiting(ContainerService.execStatus) {
            try AttachReport.finish(try ContainerAccess.service().exec(flags, in: container))
        }
    }
}
