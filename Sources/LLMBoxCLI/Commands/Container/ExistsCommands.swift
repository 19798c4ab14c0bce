internal import ArgumentParser
internal import Engine

/// The command `llmbox container exists`, in podman's words.
struct ContainerExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists",
        abstract: "Tell by the exit status whether a container is here: 0, or 1."
    )

    @Argument(help: "A name or an ID.") var container: String

    func run() throws {
        if try !ContainerAccess.service().exists(container) { throw ExitCode(ExitStatus.failure) }
    }
}

/// The command `llmbox volume exists`, in podman's words.
struct VolumeExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists",
        abstract: "Tell by the exit status whether a volume is here: 0, or 1."
    )

    @Argument(help: "The name.") var name: String

    func run() throws {
        let volumes = try ContainerAccess.service().listVolumes()
        if !volumes.contains(where: { $0.name == name }) { throw ExitCode(ExitStatus.failure) }
    }
}

/// The command `llmbox network exists`, in podman's words.
struct NetworkExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists",
        abstract: "Tell by the exit status whether a network is here: 0, or 1."
    )

    @Argument(help: "A name or an ID.") var name: String

    func run() throws {
        if try !ContainerAccess.service().hasNetwork(name) { throw ExitCode(ExitStatus.failure) }
    }
}
