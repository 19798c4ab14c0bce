internal import ArgumentParser
internal import Engine

/// The command `llmbox container inspect`.
struct InspectContainersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show containers in full.")

    @Option(name: .shortAndLong, help: "A Go template.") var format: String?
    @Flag(name: .shortAndLong, help: "Count what they have written.") var size = false
    @Argument(help: "The containers.") var containers: [String]

    func run() throws {
        let service = try ContainerAccess.service()
        try InspectOutput(format: format).print(containers) { try ContainerDocument.value($0, service, size: size) }
    }
}
