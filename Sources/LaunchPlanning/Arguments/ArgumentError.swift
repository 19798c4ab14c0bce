public import Diagnostics

/// Why the value of an option cannot be used.
public enum ArgumentError: Explainable, Equatable {
    /// The value breaks the option's grammar or its range.
    case invalid(option: String, value: String, why: String)
    /// The value names something that does not exist.
    case unknown(option: String, value: String, suggestion: String?)
    /// Two values exclude each other.
    case conflict(String, String)
    /// The option is known and not built yet.
    case unsupported(option: String, why: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .invalid(let option, let value, _), .unknown(let option, let value, _):
            "cannot use `\(value)` as \(option)"
        case .conflict(let first, let second): "cannot use \(first) together with \(second)"
        case .unsupported(let option, _): "cannot use \(option)"
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .invalid(_, _, let why), .unsupported(_, let why): why
        case .unknown: "there is no such thing"
        case .conflict: "they exclude each other"
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        if case .unknown(_, _, let suggestion?) = self { "did you mean `\(suggestion)`?" } else { nil }
    }
}
