internal import ArgumentParser
internal import Engine
internal import Glibc

/// The options that `run` and `create` share, spelled as docker spells them.
struct ContainerOptionGroup: ParsableArguments {
    @Option(name: .long, help: "Name of the container.") var name: String?
    @Flag(name: .long, help: "Remove the container that has the name, even a running one.") var replace = false
    @Flag(name: .shortAndLong, help: "Keep standard input open.") var interactive = false
    @Flag(name: .shortAndLong, help: "Give the container a terminal.") var tty = false
    @Flag(name: .customLong("rm"), help: "Remove the container when it ends.") var remove = false
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        parsing: .unconditionalSingleValue,
        help: "Variable NAME=VALUE, or NAME to take the caller's."
    )
    var env: [String] = []
    @Option(name: .long, help: "File of variables.") var envFile: [String] = []
    @Option(name: .long, help: "Replace the image's ENTRYPOINT.") var entrypoint: String?
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Working directory.") var workdir: String?
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "User, as NAME|UID[:GROUP|GID].")
    var user: String?
    @Option(name: .long, help: "Additional group.") var groupAdd: [String] = []
    @Option(name: [.customShort("h", allowingJoined: true), .long], help: "Host name.") var hostname: String?
    @Option(name: .long, help: "NIS domain name.") var domainname: String?
    @Option(name: .long, help: "When to pull: missing, always or never.") var pull = PullChoice.missing
    @Flag(name: .shortAndLong, help: "Say nothing while pulling.") var quiet = false
    @Option(name: .customLong("platform"), help: "Platform, as OS/ARCHITECTURE.") var platform: String?
    @Option(name: [.customShort("l", allowingJoined: true), .long], help: "Label KEY=VALUE.") var label: [String] = []
    @Option(name: .long, help: "Write the id to this file.") var cidfile: String?
    @Option(name: .long, help: "Restart policy: no, on-failure[:N], always, unless-stopped.") var restart: String?
    @Option(name: .long, help: "Signal that asks the container to end.") var stopSignal: String?
    @Option(name: .long, help: "Seconds until a container that does not end is killed.") var stopTimeout: Int?
    @OptionGroup(title: "Defaults") var defaults: DefaultsOptionGroup
    @OptionGroup(title: "Network") var network: NetworkOptionGroup
    @OptionGroup(title: "RDMA") var remoteMemory: RemoteMemoryOptionGroup
    @OptionGroup(title: "Files") var files: MountOptionGroup
    @OptionGroup(title: "Limits") var limits: LimitOptionGroup
    @OptionGroup(title: "Isolation") var isolation: IsolationOptionGroup
    @OptionGroup(title: "Users") var users: UserOptionGroup
    @OptionGroup(title: "Rare limits") var rareLimits: RareLimitOptionGroup
    @OptionGroup(title: "Rare isolation") var rareIsolation: RareIsolationOptionGroup
    @OptionGroup var compatibility: CompatibilityOptionGroup
    @OptionGroup(title: "GPUs") var gpu: GPUOptionGroup
    @OptionGroup(title: "Health") var health: HealthOptionGroup
    @OptionGroup(title: "Output") var logging: LogOptionGroup

    @Argument(parsing: .captureForPassthrough, help: "The image, then the command and its arguments.")
    var imageAndCommand: [String] = []

    func validate() throws {
        if replace, name ?? "" == "" { throw ValidationError("`--replace` needs `--name`") }
        guard let image = imageAndCommand.first else {
            throw ValidationError("\(UsageMessage.missingArgument): an image")
        }
        try PassedThrough.check(imageAndCommand, of: RunCommand.self)
        if image == "--", imageAndCommand.count == 1 {
            throw ValidationError("\(UsageMessage.missingArgument): an image")
        }
    }

    /// What all this says.
    func flags() throws -> RunFlags {
        let words = imageAndCommand.first == "--" ? Array(imageAndCommand.dropFirst()) : imageAndCommand
        var flags = RunFlags(image: words.first ?? "")
        flags.command = Array(words.dropFirst())
        // Scripts write `--name "$NAME"`, set or not.
        flags.name = name == "" ? nil : name
        flags.replaces = replace
        flags.pull = pull.value
        flags.platform = platform
        flags.entrypoint = entrypoint
        flags.environment = env
        flags.environmentFiles = envFile.map(Self.absolute)
        flags.workingDirectory = workdir
        flags.user = user
        flags.groups = groupAdd
        flags.hostname = hostname
        flags.domainname = domainname
        flags.labels = label
        flags.restart = restart
        flags.stopSignal = stopSignal
        flags.stopTimeout = stopTimeout
        flags.terminal = tty
        flags.openInput = interactive
        flags.autoRemove = remove
        flags.terminalSize = CallerWindow.size()
        flags.currentDirectory = Self.currentDirectory
        defaults.apply(to: &flags)
        network.apply(to: &flags)
        remoteMemory.apply(to: &flags)
        files.apply(to: &flags)
        limits.apply(to: &flags)
        isolation.apply(to: &flags)
        users.apply(to: &flags)
        rareLimits.apply(to: &flags)
        rareIsolation.apply(to: &flags)
        gpu.apply(to: &flags)
        health.apply(to: &flags)
        logging.apply(to: &flags)
        return flags
    }

    static var currentDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    static func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)" }
}

/// The words of `--pull`.
enum PullChoice: String, ExpressibleByArgument, CaseIterable {
    case missing
    case always
    case never

    var value: RunFlags.Pull {
        switch self {
        case .missing: .missing
        case .always: .always
        case .never: .never
        }
    }
}
