internal import ArgumentParser
internal import Engine
internal import OCIModel

/// The command `llmbox commit`.
struct CommitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit",
        abstract: "Make an image of a container's changes.",
        usage: "llmbox commit [OPTIONS] CONTAINER [NAME[:TAG]]"
    )

    @Option(name: .shortAndLong, help: "Who made the image, such as \"Ada <ada@example.org>\".") var author: String?
    @Option(name: .shortAndLong, help: "Set the remark in the image's history.") var message = ""
    @Option(name: .shortAndLong, help: "Apply a Dockerfile instruction, such as `CMD [\"sh\"]`; may be repeated.")
    var change: [String] = []
    @Flag(name: .shortAndLong, inversion: .prefixedNo, help: "Whether the container stands still meanwhile.")
    var pause = true
    @Argument(help: "The container.") var container: String
    @Argument(help: "The image's name, with or without a tag.") var name: String?

    func run() throws {
        var request = CommitRequest(reference: try name.map { try ImageReference($0) })
        request.author = author
        request.message = message
        request.changes = change
        request.pauses = pause
        request.sourceDateEpoch = GlobalSettings.environment("SOURCE_DATE_EPOCH").flatMap { Int64($0) }
        try StandardOutput.line(ContainerAccess.service().commit(container, request).description)
    }
}
