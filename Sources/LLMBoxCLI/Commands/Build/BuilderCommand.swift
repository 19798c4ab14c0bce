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
            `RUN --mount=type=cache` that no step uses at the moment. Images stay. With a size something stays: what was \
            used last. The filters are until=24h (not used since), id=START and type=regular or exec.cachemount.
            """
    )

    @Flag(name: .shortAndLong, help: "Remove all of the cache; that is what happens without it, too.")
    var all = false
    @Option(name: .customLong("keep-storage"), help: "Leave this much, such as 10g (also --reserved-space).")
    var keepStorage: String?
    @Option(name: .customLong("reserved-space"), help: .hidden) var reservedSpace: String?
    @Option(name: .customLong("max-used-space"), help: "Remove until no more than this is left.")
    var maximum: String?
    @Option(name: .customLong("min-free-space"), help: "Remove until this much of the disk is free.")
    var minimumFree: String?
    @Option(help: .hidden) var builder: String?
    @OptionGroup var options: PruneOptions

    func run() throws {
        if let builder, builder != "default" {
            throw BuildOptionError.invalid(
                option: "--builder",
                value: builder,
                allowed: "default, the only one there is"
            )
        }
        var request = PruneRequest()
        // What is remembered of a step has no labels.
        request.filters = try options.filters(of: ["until", "unused-for", "id", "type"])
        request.cache = true
        request.cacheLimit = try CacheLimit(
            keepStorage: keepStorage,
            reserved: reservedSpace,
            maximum: maximum,
            minimumFree: minimumFree
        )
        let isWhole = request.cacheLimit == nil && request.filters.isEmpty
        let what = isWhole ? "all build cache" : "the build cache that is beyond these limits"
        try options.run(request, warning: "This will remove \(what).")
    }
}
