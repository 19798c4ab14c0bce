internal import ArgumentParser
internal import Engine

/// Options that scripts for docker give.
///
/// Some ask for what always happens here: no step leaves a container behind, and no context is sent anywhere.
struct BuildHabitOptions: ParsableArguments {
    @Option(
        name: .customLong("no-cache-filter"),
        help: "Carry out every step of these stages, by name or number, separated by commas."
    )
    var uncachedStages: [String] = []
    @Flag(help: .hidden) var rm = false
    @Flag(name: .customLong("force-rm"), help: .hidden) var forceRemove = false
    @Flag(help: .hidden) var compress = false
    @Flag(name: .customLong("disable-content-trust"), help: .hidden) var disablesContentTrust = false
    @Option(help: .hidden) var builder: String?
    @Option(help: .hidden) var isolation: String?

    /// Puts what was given into the request.
    func apply(to request: inout BuildRequest) throws {
        for (option, value) in [("--builder", builder), ("--isolation", isolation)] {
            guard let value, value != "default" else { continue }
            throw BuildOptionError.invalid(option: option, value: value, allowed: "default, the only one there is")
        }
        for text in uncachedStages {
            request.uncachedStages.formUnion(text.split(separator: ",").map { $0.lowercased() })
        }
    }
}
