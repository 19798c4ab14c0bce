internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import OCIModel

/// `llmbox import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make an image from a tar archive of a root filesystem.",
        discussion: """
            The archive may be compressed. This is how a base image comes about where no registry can be reached:

              mmdebstrap --variant=minbase bookworm - | llmbox import - debian:bookworm-slim
            """
    )

    @Option(name: .shortAndLong, help: "Apply a Dockerfile instruction, such as `CMD [\"sh\"]`; may be repeated.")
    var change: [String] = []
    @Option(name: .shortAndLong, help: "Set the remark in the image's history.")
    var message = ""
    @OptionGroup var platform: PlatformOption
    @OptionGroup var registry: RegistryOptionGroup
    @Argument(help: "The archive: a file, an http or https address, or - for standard input.")
    var file: String
    @Argument(help: "The image's name, with or without a tag.")
    var name: String?

    func run() throws {
        var request = ImportRequest(reference: try name.map { try ImageReference($0) })
        request.changes = change
        request.message = message
        request.platform = try platform.platform()
        request.sourceDateEpoch = GlobalSettings.environment("SOURCE_DATE_EPOCH").flatMap { Int64($0) }
        let service = try ImageService(.current)
        if file.hasPrefix("http://") || file.hasPrefix("https://") {
            let id = try service.importImage(fromAddress: file, access: registry.access(), request)
            return try StandardOutput.line(id.description)
        }
        let input = try InputFile(file, command: "import - NAME")
        let id = try service.importImage(from: input.descriptor, name: input.name, request)
        try StandardOutput.line(id.description)
    }
}
