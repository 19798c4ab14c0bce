internal import ArgumentParser
internal import Engine

/// The command `llmbox rename`.
struct RenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rename", abstract: "Give a container another name.")

    @Argument(help: "The container.") var container: String
    @Argument(help: "The new name.") var name: String

    func run() throws { try ContainerAccess.service().rename(container, to: name) }
}
