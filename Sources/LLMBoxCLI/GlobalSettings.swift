internal import Diagnostics
internal import Engine
internal import Glibc

/// What stands on the command line before the command, and what the environment adds to it.
struct GlobalSettings {
    /// The store's directory, when it was chosen.
    var root: String?
    /// The command and its arguments.
    var arguments: [String]

    /// Splits `arguments` at the first word that is not a global option.
    ///
    /// - Throws: ``GlobalOptionError`` for an option without its value.
    init(arguments: [String]) throws(GlobalOptionError) {
        var rest = arguments[...]
        while let word = rest.first {
            if word == "--root" {
                guard let value = rest.dropFirst().first, !value.isEmpty else { throw .missingValue("--root") }
                root = value
                rest = rest.dropFirst(2)
            } else if word.hasPrefix("--root=") {
                root = String(word.dropFirst("--root=".count))
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        // `docker buildx build` is what many scripts say; there is only one builder here.
        self.arguments = rest.first == "buildx" ? ["builder"] + rest.dropFirst() : Array(rest)
    }

    /// The value of an environment variable of this process.
    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}

/// Why the words before the command cannot be used.
enum GlobalOptionError: Explainable {
    /// An option that needs a value stands alone.
    case missingValue(String)

    var what: String {
        switch self {
        case .missingValue(let option): "cannot use `\(option)` without a value"
        }
    }

    var remedy: String? { "write `llmbox --root DIRECTORY COMMAND`" }
}

extension EngineContext {
    /// The context of this invocation; ``LLMBoxMain`` has put `--root` into the environment by then.
    static var current: EngineContext { EngineContext(root: nil, environment: GlobalSettings.environment) }
}
