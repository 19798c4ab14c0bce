internal import OCIModel

/// What the instructions of a stage have built up so far, and what a stage on top of it inherits.
struct StageState {
    /// The configuration.
    var config = ContainerConfig()
    /// The platform whose programs the stage holds.
    var platform: Platform
    /// `MAINTAINER`.
    var author: String?
    /// `ENV` and `ARG`.
    var scope = VariableScope()
    /// The `ARG`s in scope in order; nil for those without a value.
    var arguments: [(name: String, value: String?)] = []
    /// Whether this stage has had a `CMD`, which a later `ENTRYPOINT` then leaves alone.
    var hasOwnCommand = false
    /// The history so far, the base's included.
    var history: [HistoryEntry] = []

    /// The shell of the shell forms.
    var shell: [String] { config.shell ?? ["/bin/sh", "-c"] }

    /// The working directory, absolute and clean.
    var directory: String { ImagePath.absolute(config.workingDir ?? "/", in: "/") }

    /// The arguments as history entries show them: each name once, in its first place, with its value now.
    var argumentsForHistory: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = []
        for argument in arguments where !result.contains(where: { $0.name == argument.name }) {
            result.append((argument.name, scope[argument.name] ?? argument.value ?? ""))
        }
        return result
    }
}
