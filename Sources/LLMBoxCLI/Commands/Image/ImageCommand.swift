internal import ArgumentParser
internal import Engine

/// `llmbox image`, the same commands under their long names.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Work with images.",
        subcommands: [
            BuildCommand.self,
            ImageListCommand.self, ImageInspectCommand.self, HistoryCommand.self, ImportCommand.self, LoadCommand.self,
            ImagePruneCommand.self, PullCommand.self, PushCommand.self, ImageRemoveCommand.self, SaveCommand.self,
            TagCommand.self, ImageExistsCommand.self,
        ]
    )
}

/// `llmbox image ls`.
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: ImagesCommand.configuration.abstract,
        aliases: ["list"]
    )

    @OptionGroup var command: ImagesCommand

    func run() throws { try command.run() }
}

/// `llmbox image rm`.
struct ImageRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: RemoveImagesCommand.configuration.abstract,
        aliases: ["remove"]
    )

    @OptionGroup var command: RemoveImagesCommand

    func run() throws { try command.run() }
}

/// `llmbox image exists`, in podman's words.
struct ImageExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists",
        abstract: "Tell by the exit status whether an image is here: 0, or 1."
    )

    @Argument(help: "A name or an ID.")
    var image: String

    func run() throws {
        do {
            _ = try ImageService(.current).inspect(image)
        } catch  where ImageService.isMissing(error) {
            throw ExitCode(ExitStatus.failure)
        }
    }
}

/// `llmbox image inspect`.
struct ImageInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show everything that is known about images, as JSON."
    )

    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("format")],
        help: "A Go template instead of JSON."
    )
    var format: String?
    @Argument(help: "Names or IDs.")
    var images: [String]

    func run() throws {
        try InspectOutput(format: format).print(images) { name in
            guard let document = try InspectCommand.document(of: name, .image, size: false) else {
                throw InspectError.notFound(name, kind: "image")
            }
            return document
        }
    }
}
