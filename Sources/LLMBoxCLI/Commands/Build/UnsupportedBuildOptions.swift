internal import ArgumentParser

/// Options of docker's that llmbox does not have yet: named here so that using one says so.
struct UnsupportedBuildOptions: ParsableArguments {
    @Option(name: .customLong("cache-from"), help: .hidden) var cacheFrom: [String] = []
    @Option(name: .customLong("cache-to"), help: .hidden) var cacheTo: [String] = []
    @Option(name: [.customShort("o"), .customLong("output")], help: .hidden) var output: [String] = []
    @Flag(help: .hidden) var push = false
    @Flag(help: .hidden) var squash = false
    @Option(name: .customLong("build-context"), help: .hidden) var buildContext: [String] = []
    @Option(help: .hidden) var annotation: [String] = []
    @Option(help: .hidden) var sbom: String?
    @Option(help: .hidden) var provenance: String?
    @Flag(help: "Docker's way to ask for the image in the store, where llmbox always puts it.") var load = false

    /// Refuses what was given.
    func refuse() throws {
        let given: [(name: String, isGiven: Bool, instead: String?)] = [
            ("--cache-from", !cacheFrom.isEmpty, "the cache is in the store: leave the option out"),
            ("--cache-to", !cacheTo.isEmpty, "the cache is in the store: leave the option out"),
            ("--output", !output.isEmpty, "build with `-t`, then use `llmbox save`"),
            ("--push", push, nil),
            ("--squash", squash, nil),
            ("--build-context", !buildContext.isEmpty, nil),
            ("--annotation", !annotation.isEmpty, nil),
            // No attestation is written anyway, so `false` asks for nothing.
            ("--sbom", sbom != nil && sbom != "false", nil),
            ("--provenance", provenance != nil && provenance != "false", nil),
        ]
        for option in given where option.isGiven {
            throw BuildOptionError.unsupported(option.name, instead: option.instead)
        }
    }
}
