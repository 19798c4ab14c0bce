internal import ArgumentParser
internal import Diagnostics
internal import Engine
internal import Glibc

/// `llmbox unshare`.
struct UnshareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unshare",
        abstract: "Run a command as root of the user namespace that the store's files belong to.",
        discussion: """
            Without root, files of containers belong to subordinate ids, which the user cannot remove or change from \
            outside: `llmbox unshare rm -rf ~/.local/share/llmbox` removes the whole store.
            """
    )

    @Argument(parsing: .captureForPassthrough, help: "The command; the user's shell when there is none.")
    var command: [String] = []

    func run() throws {
        guard RootlessEntry.isInside else { throw UnshareError.isRoot }
        let words = command.first == "--" ? Array(command.dropFirst()) : command
        let command = words.isEmpty ? [GlobalSettings.environment("SHELL") ?? "/bin/sh"] : words
        let arguments = command.map { strdup($0) } + [nil]
        signal(SIGPIPE, SIG_DFL)
        execvp(command[0], arguments)
        let cause = errno
        throw UnshareError.cannotExecute(command[0], String(cString: strerror(cause)))
    }
}

/// Why a command cannot be run in the user's namespace.
enum UnshareError: Explainable {
    /// There is no other namespace to be in.
    case isRoot
    /// The program cannot be executed.
    case cannotExecute(String, String)

    var what: String {
        switch self {
        case .isRoot: "cannot enter a user namespace"
        case .cannotExecute(let program, _): "cannot execute `\(program)`"
        }
    }

    var why: String? {
        switch self {
        case .isRoot: "root has the store's files without one"
        case .cannotExecute(_, let reason): reason
        }
    }

    var remedy: String? { nil }
}
