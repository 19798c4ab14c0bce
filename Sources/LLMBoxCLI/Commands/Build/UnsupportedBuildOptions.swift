internal import ArgumentParser

/// Options of docker's that llmbox does not have yet: named here so that using one says so.
struct UnsupportedBuildOptions: ParsableArguments {
    @Option(name: .customLong("cache-from"), help: .hidden) var cacheFrom: [String] = []
    @Option(name: .customLong("cache-to"), help: .hidden) var cacheTo: [String] = []
    @Option(name: .customLong("build-context"), help: .hidden) var buildContext: [String] = []

    /// Refuses what was given.
    func refuse() throws {
        let given: [(name: String, isGiven: Bool, instead: String?)] = [
            ("--cache-from", !cacheFrom.isEmpty, "the cache is in the store: leave the option out"),
            ("--cache-to", !cacheTo.isEmpty, "the cache is in the store: leave the option out"),
            ("--build-context", !buildContext.isEmpty, nil),
        ]
        for option in given where option.isGiven {
            throw BuildOptionError.unsupported(option.name, instead: option.instead)
        }
    }
}
