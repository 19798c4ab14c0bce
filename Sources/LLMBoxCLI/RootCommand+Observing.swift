internal import ArgumentParser

extension RootCommand {
    /// Commands that look into containers that run, and change them.
    static let observingCommands: [any ParsableCommand.Type] = [
        AttachCommand.self
    ]
}
