internal import ArgumentParser
internal import Engine

/// What containers of language models get unless something else is said.
struct DefaultsOptionGroup: ParsableArguments {
    @Flag(name: .customLong("init"), inversion: .prefixedNo, help: "Run a small init as process 1.") var usesInit: Bool?
    @Flag(
        name: .long,
        inversion: .prefixedNo,
        help: "Give containers of models Docker's defaults, too."
    )
    var dockerDefaults: Bool?

    func apply(to flags: inout RunFlags) {
        flags.usesInit = usesInit
        flags.usesDockerDefaults = dockerDefaults
    }
}
