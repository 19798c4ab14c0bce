internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox tag`.
struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tag", abstract: "Give an image another name.")

    @Argument(help: "The image: a name or an ID.")
    var source: String
    @Argument(help: "Its new name, with or without a tag.")
    var target: String

    func run() throws {
        try ImageService(.current).tag(source, as: ImageReference(target))
    }
}
