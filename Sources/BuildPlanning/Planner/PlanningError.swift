public import Diagnostics

/// Why a Dockerfile cannot be planned.
public enum PlanningError: Explainable, Equatable {
    /// The Dockerfile asks for something wrong, at the places named.
    case invalid([Diagnostic])
    /// `--target` names no stage.
    case unknownTarget(String, suggestion: String?)
    /// `SOURCE_DATE_EPOCH` is no number of seconds.
    case badEpoch(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .invalid: "cannot plan the build"
        case .unknownTarget(let name, _): "cannot build the target stage `\(name)`"
        case .badEpoch(let text): "cannot use `SOURCE_DATE_EPOCH=\(text)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .invalid(let diagnostics): diagnostics.first?.message
        case .unknownTarget: "the Dockerfile has no such stage"
        case .badEpoch: "it is not a number of seconds since 1970"
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        switch self {
        case .unknownTarget(_, let suggestion?): "did you mean `\(suggestion)`?"
        default: nil
        }
    }
}
