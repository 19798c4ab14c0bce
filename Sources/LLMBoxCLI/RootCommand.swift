internal import ArgumentParser

/// The whole command tree.
///
/// Commands stand in `Commands/`, one file each; this is the one list of them.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llmbox",
        abstract: "Builds OCI images for large language models and runs them, with no daemon.",
        usage: "llmbox [--root DIRECTORY] COMMAND [OPTIONS]",
        discussion: """
            The store is /var/lib/llmbox, or ~/.local/share/llmbox for users other than root; `--root` or LLMBOX_ROOT \
            choose another.
            """,
        version: LLMBoxVersion.text,
        groupedSubcommands: [
            CommandGroup(name: "Images:", subcommands: imageCommands),
            CommandGroup(name: "Registries:", subcommands: registryCommands),
            CommandGroup(name: "Containers:", subcommands: containerCommands),
            CommandGroup(name: "The machine:", subcommands: systemCommands),
        ]
    )

    /// Commands that make and look at images.
    static let imageCommands: [any ParsableCommand.Type] = [
        BuildCommand.self, BuilderCommand.self,
        ImagesCommand.self, PullCommand.self, PushCommand.self, ImportCommand.self, TagCommand.self,
        RemoveImagesCommand.self,
        HistoryCommand.self, InspectCommand.self, SaveCommand.self, LoadCommand.self, ImageCommand.self,
        ManifestCommand.self,
    ]
    /// Commands about registries.
    static let registryCommands: [any ParsableCommand.Type] = [LoginCommand.self, LogoutCommand.self]
    /// Commands that run and look at containers.
    static let containerCommands: [any ParsableCommand.Type] =
        [
            RunCommand.self, PsCommand.self, ExecCommand.self, LogsCommand.self, StopCommand.self, KillCommand.self,
            RemoveCommand.self, WaitCommand.self, CreateCommand.self, StartCommand.self, RestartCommand.self,
            PauseCommand.self, UnpauseCommand.self, PortCommand.self, CommitCommand.self, ExportCommand.self,
            VolumeCommand.self, NetworkCommand.self, ContainerCommand.self,
        ] + observingCommands
    /// Commands about the store and the program.
    static let systemCommands: [any ParsableCommand.Type] = [
        InfoCommand.self, GPUCommand.self, DoctorCommand.self, SystemCommand.self, UnshareCommand.self,
        VersionCommand.self,
        RuntimeCommand.self,
        DebugCommand.self,
    ]

    /// The names and aliases of all commands.
    static var commandNames: [String] {
        (imageCommands + registryCommands + containerCommands + systemCommands).flatMap {
            [$0.configuration.commandName ?? ""] + $0.configuration.aliases
        }
    }

    /// Whether `word` may stand where a command is expected: options are ArgumentParser's to judge.
    static func understands(_ word: String) -> Bool {
        word.hasPrefix("-") || word == "help" || commandNames.contains(word)
    }
}
