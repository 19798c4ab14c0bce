public import Diagnostics

/// Why a result cannot be put where it should go.
public enum ExportError: Explainable, Equatable {
    /// The destination cannot be used.
    case destination(String, reason: String, remedy: String?)
    /// An archive would go to a terminal.
    case terminal
    /// Annotations of an index, though there is none.
    case noIndex(place: String)
    /// A push without a name.
    case nothingToPush

    /// What could not be done.
    public var what: String {
        switch self {
        case .destination(let path, _, _): "cannot write the output to `\(path)`"
        case .terminal: "cannot write the output to standard output"
        case .noIndex(let place): "cannot write annotations of the kind `\(place)`"
        case .nothingToPush: "cannot push the image"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .destination(_, let reason, _): reason
        case .terminal: "it is a terminal"
        case .noIndex: "the build is for one platform, so there is no index"
        case .nothingToPush: "it has no name"
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .destination(_, _, let remedy): remedy
        case .terminal: "name a file with `dest=`, or send the output into a pipe"
        case .noIndex: "use `manifest:`, or build for several platforms with `--platform`"
        case .nothingToPush: "name it with `-t` or with `name=` of the output"
        }
    }
}
