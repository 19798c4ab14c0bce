internal import ArgumentParser

/// Options of docker's that llmbox does not have yet: named here so that using one says so.
struct UnsupportedBuildOptions: ParsableArguments {
    @Option(name: .customLong("build-context"), help: .hidden) var buildContext: [String] = []

    /// Refuses what was given.
    func refuse() throws {
        let given: [(name: String, isGiven: Bool, instead: String?)] = [
            ("--build-context", !buildContext.isEmpty, nil)
        ]
        for option in given where option.isGiven {
            throw BuildOptionError.unsupported(option.name, instead: option.instead)
        }
    }
}
