internal import ArgumentParser
internal import Engine

/// `llmbox builder`, and `llmbox buildx`: the names under which scripts know the builder.
struct BuilderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "builder",
        abstract: "Build images, and remove what builds have left (also `buildx`).",
        subcommands: [
            BuildCommand.self, BuilderPruneCommand.self, Usage.self, List.self, Inspect.self, ImageTools.self,
            Version.self,
        ]
    )
}

/// `llmbox builder prune`.
struct BuilderPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove the build cache.",
        discussion: """
            What steps are remembered under goes, with layers that no image needs and the directories of \
            `RUN --mount=type=cache` that no step uses at the moment. Images stay.
            """
    )

    @Flag(name: .shortAndLong, help: "Remove all of the cache; that is what happens without it, too.")
    var all = false
    @OptionGroup var options: PruneOptions

    func run() throws {
        var request = PruneRequest()
        request.filters = try options.filters()
        request.cache = true
        try options.run(request, warning: "This will remove all build cache.")
    }
}
