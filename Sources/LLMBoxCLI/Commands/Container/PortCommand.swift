internal import ArgumentParser
internal import Engine

/// The command `llmbox port`.
struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port",
        abstract: "Show where a container's ports are published."
    )

    @Argument(help: "The container.") var container: String
    @Argument(help: "A port of the container's, as PORT or PORT/PROTOCOL.") var port: String?

    func run() throws {
        let published = try ContainerAccess.service().publishedAddresses(of: container, port: port)
        for entry in published { print(port == nil ? "\(entry.port) -> \(entry.address)" : entry.address) }
    }
}
