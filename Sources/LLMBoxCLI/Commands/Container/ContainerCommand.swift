internal import ArgumentParser

/// The command `llmbox container`, which has the containers' commands under docker's longer names.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container",
        abstract: "Manage containers.",
        subcommands: [
            RunCommand.self, ContainerList.self, ExecCommand.self, AttachCommand.self, LogsCommand.self,
            StopCommand.self,
            KillCommand.self, RemoveCommand.self, WaitCommand.self, CreateCommand.self, StartCommand.self,
            RestartCommand.self, PauseCommand.self, UnpauseCommand.self, InspectContainersCommand.self,
            PortCommand.self, CommitCommand.self, ExportCommand.self, ContainerPruneCommand.self,
            StatsCommand.self, TopCommand.self, DiffCommand.self, RenameCommand.self, UpdateCommand.self,
            CopyCommand.self, ContainerExistsCommand.self,
        ]
    )
}

/// The command `llmbox container ls`.
struct ContainerList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List containers.",
        aliases: ["ps", "list"]
    )

    @OptionGroup var list: PsCommand

    func run() throws { try list.run() }
}
