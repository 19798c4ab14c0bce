internal import ArgumentParser
internal import Engine
internal import Glibc

/// The command `llmbox create`.
struct CreateCommand: ParsableCommand, StartsContainers {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a container from an image without starting it.",
        usage: "llmbox create [OPTIONS] IMAGE [COMMAND] [ARG...]"
    )

    @Option(name: .shortAndLong, help: "Say that stdin, stdout or stderr is attached.") var attach: [StandardStream] =
        []
    @OptionGroup var registry: RegistryOptionGroup
    @OptionGroup var options: ContainerOptionGroup

    func run() throws {
        var flags = try options.flags()
        if !attach.isEmpty { flags.attachedStreams = attach.map(\.rawValue) }
        let cidfile = try CIDFile(options.cidfile)
        let id = try ContainerAccess.service(registry: registry.choices, isQuiet: options.quiet).create(flags)
        try cidfile.write(id)
        print(id)
    }
}

/// The command `llmbox start`.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start containers that do not run."
    )

    @Flag(name: .shortAndLong, help: "Show the container's output and wait for its end.") var attach = false
    @Flag(name: .shortAndLong, help: "Give it the caller's standard input.") var interactive = false
    @OptionGroup var attachment: AttachOptions
    @Argument(help: "The containers.") var containers: [String]

    func validate() throws {
        if attach || interactive, containers.count > 1 {
            throw ValidationError("too many arguments: only one container can be attached to")
        }
    }

    func run() throws {
        guard attach || interactive, let container = containers.first else {
            return try ContainerAccess.forEach(containers) { service, container in
                try service.start(container)
                return nil
            }
        }
        // What fails before the process is started is an error as any other.
        try ContainerFailure.exiting(otherwise: ExitStatus.failure) {
            let flags = attachment.flags(attachesInput: interactive)
            try AttachReport.finish(try ContainerAccess.service().startAttached(container, flags))
        }
    }
}

/// The command `llmbox stop`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ask containers to end, and kill them when they do not."
    )

    @Option(
        name: [.customShort("t", allowingJoined: true), .customLong("time"), .customLong("timeout")],
        parsing: .unconditional,
        help: "Seconds until it is killed; -1 waits for ever."
    )
    var time: Int?
    @Option(name: [.customShort("s", allowingJoined: true), .long], help: "The signal that asks.") var signal: String?
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        try ContainerAccess.stopAll(containers, signal: signal, timeout: time)
    }
}

/// The command `llmbox restart`.
struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Stop containers and start them again."
    )

    @Option(
        name: [.customShort("t", allowingJoined: true), .customLong("time"), .customLong("timeout")],
        parsing: .unconditional,
        help: "Seconds until it is killed; -1 waits for ever."
    )
    var time: Int?
    @Option(name: [.customShort("s", allowingJoined: true), .long], help: "The signal that asks.") var signal: String?
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        try ContainerAccess.stopAll(containers, signal: signal, timeout: time) { service, container in
            try service.startAgain(container)
        }
    }
}

/// The command `llmbox kill`.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "kill", abstract: "Send a signal to containers.")

    @Option(name: [.customShort("s", allowingJoined: true), .long], help: "The signal.") var signal = "KILL"
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        try ContainerAccess.forEach(containers) { service, container in
            try service.kill(container, signal: signal)
            return nil
        }
    }
}

/// The command `llmbox pause`.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Freeze containers.")

    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        try ContainerAccess.forEach(containers) { service, container in
            try service.setPaused(container, true)
            return nil
        }
    }
}

/// The command `llmbox unpause`.
struct UnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unpause", abstract: "Let frozen containers go on.")

    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        try ContainerAccess.forEach(containers) { service, container in
            try service.setPaused(container, false)
            return nil
        }
    }
}

/// The command `llmbox wait`.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait for containers to end and print their exit codes."
    )

    @Option(name: .long, help: "Wait for this instead: running, healthy, exited and others.") var condition: [String] =
        []
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        try ContainerAccess.forEach(containers) { service, container in
            String(condition.isEmpty ? try service.wait(container) : try service.wait(container, for: condition))
        }
    }
}

/// The command `llmbox rm`.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove containers.")

    @Flag(name: .shortAndLong, help: "Kill those that run.") var force = false
    @Flag(name: .shortAndLong, help: "Remove their anonymous volumes too.") var volumes = false
    @Flag(name: .shortAndLong, help: .hidden) var link = false
    @Argument(help: "The containers.") var containers: [String]

    func validate() throws {
        if link {
            throw ValidationError("`--link` is not supported: there are no links, which docker's networks replaced")
        }
    }

    func run() throws {
        try ContainerAccess.forEach(containers, ignoresMissing: force) { service, container in
            try service.remove(container, force: force, volumes: volumes)
            return nil
        }
    }
}
