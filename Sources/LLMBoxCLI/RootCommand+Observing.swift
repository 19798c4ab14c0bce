internal import ArgumentParser

extension RootCommand {
    /// Commands that look into containers that run, and change them.
    static let observingCommands: [any ParsableCommand.Type] = [
        AttachCommand.self, StatsCommand.self, TopCommand.self, DiffCommand.self, RenameCommand.self,
        UpdateCommand.self,
        EventsCommand.self, HealthCheckCommand.self, CopyCommand.self, GenerateCommand.self,
    ]
}
