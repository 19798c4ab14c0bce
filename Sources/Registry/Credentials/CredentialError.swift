public import Diagnostics

/// Why credentials cannot be looked up, kept or removed.
public enum CredentialError: Explainable, Equatable {
    /// A file cannot be read or written.
    case file(operation: String, path: String, reason: String)
    /// An entry of a credential file makes no sense.
    case malformed(registry: String)
    /// A credential helper cannot be run, or fails.
    case helper(name: String, reason: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .file(let operation, let path, _): "cannot \(operation) the credential file `\(path)`"
        case .malformed(let registry): "cannot read the credentials of `\(registry)`"
        case .helper(let name, _): "cannot use the credential helper `docker-credential-\(name)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .file(_, _, let reason), .helper(_, let reason): reason
        case .malformed: "its `auth` is not the base 64 of `user:password`"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .helper: "install it, or take its name out of `credHelpers` and `credsStore` in docker's config.json"
        case .malformed(let registry): "log in again with `llmbox login \(registry)`"
        case .file: nil
        }
    }
}
