internal import ArgumentParser

/// The commands of the OCI runtime.
struct RuntimeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtime",
        abstract: "Run containers from OCI bundles, for other engines.",
        usage: "llmbox runtime [--root DIRECTORY] [--log FILE] [--log-format text|json] COMMAND [OPTIONS]",
        discussion: """
            The command line is runc's. Engines that can only be given a program's name can be given a link to llmbox \
            of the name `llmbox-runtime`. State is kept in /run/llmbox-runtime unless `--root` says otherwise.
            """,
        subcommands: [
            RuntimeCreateCommand.self, RuntimeStartCommand.self, RuntimeStateCommand.self, RuntimeKillCommand.self,
            RuntimeDeleteCommand.self, RuntimeRunCommand.self, RuntimeExecCommand.self, RuntimePauseCommand.self,
            RuntimeResumeCommand.self, RuntimeProcessesCommand.self, RuntimeListCommand.self,
            RuntimeEventsCommand.self, RuntimeUpdateCommand.self, RuntimeSpecCommand.self,
            RuntimeFeaturesCommand.self, RuntimeCheckpointCommand.self, RuntimeRestoreCommand.self,
        ]
    )
}
