public import Diagnostics

/// Why registries cannot be reached as asked, or nobody can be logged in.
public enum RegistryAccessError: Explainable, Equatable {
    /// `--creds` is not `USER:PASSWORD`.
    case malformedCredentials
    /// A registry's name is none.
    case badRegistry(String)
    /// No user name or no password was given.
    case incomplete(missing: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .malformedCredentials: "cannot use the value of `--creds`"
        case .badRegistry(let name): "cannot log in to `\(name)`"
        case .incomplete: "cannot log in"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .malformedCredentials: "it is not `USER:PASSWORD`"
        case .badRegistry: "it is no host and port"
        case .incomplete(let missing): "there is no \(missing)"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .malformedCredentials: "log in with `llmbox login`, or write `--creds USER:PASSWORD`"
        case .badRegistry: nil
        case .incomplete: "write `llmbox login -u USER --password-stdin REGISTRY`, with the password on standard input"
        }
    }
}
