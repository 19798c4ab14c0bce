internal import Diagnostics
internal import Engine

/// Which commands an ordinary user runs as root of a namespace of their own.
enum RootlessCommands {
    /// Commands that touch neither store nor containers.
    ///
    /// The OCI runtime is given its user namespace by who calls it.
    private static let plain: Set = ["login", "logout", "version", "help", "runtime", "debug", "gpu"]
    /// Commands that unpack files of any owner.
    private static let unpacking: Set = ["build", "run", "create", "pull", "load", "import"]

    /// Whether a command line is of such a command.
    static func need(_ arguments: [String]) -> Bool {
        guard let word = command(arguments), !word.hasPrefix("-"), !plain.contains(word) else { return false }
        return arguments.last != "--help" || arguments.count > 2
    }

    /// Says once what a user without subordinate ids cannot have, before it surprises anybody.
    static func warn(_ arguments: [String]) {
        guard let word = command(arguments), unpacking.contains(word), let text = RootlessEntry.limitation else {
            return
        }
        ErrorPresenter.write("warning: \(text)\n")
    }

    /// The command, behind `image` or `container`.
    private static func command(_ arguments: [String]) -> String? {
        let groups: Set = ["image", "container"]
        return groups.contains(arguments.first ?? "") ? arguments.dropFirst().first : arguments.first
    }
}
