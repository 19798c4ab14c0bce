internal import ArgumentParser
internal import OCIModel

/// `llmbox debug reference`.
struct DebugReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference",
        abstract: "Show the parts of an image's name, completed as docker completes it.",
        discussion: "A tag or digest that was not written is \"\"."
    )

    @Argument(help: "The name.")
    var reference: String

    func run() throws {
        let parts = try NormalizedReference(reference)
        try DebugCommand.print([
            "domain": parts.domain, "path": parts.path, "tag": parts.tag ?? "", "digest": parts.digest ?? "",
            "familiar": parts.familiar, "canonical": parts.canonical,
        ])
    }
}
