public import Diagnostics

/// Why a path pattern or an ignore file cannot be used.
public enum GlobError: Explainable, Hashable {
    /// A bracket is not closed, a range lacks an end, or the pattern ends in an escape.
    case malformed(pattern: String, line: Int?)
    /// `!` with nothing behind it.
    case bareNegation(line: Int?)
    /// The ignore file is not text.
    case notText(line: Int)

    /// What could not be done.
    public var what: String {
        let (subject, line) =
            switch self {
            case .malformed(let pattern, let line): ("pattern `\(pattern)`", line)
            case .bareNegation(let line): ("pattern `!`", line)
            case .notText(let line): ("the ignore file", Optional(line))
            }
        return "cannot use \(subject)" + (line.map { " in line \($0)" } ?? "")
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .malformed: "a `[` is not closed, a range lacks an end, or a final `\\` escapes nothing"
        case .bareNegation: "nothing follows the `!`"
        case .notText: "it has a zero byte"
        }
    }

    /// What the author can do.
    public var remedy: String? {
        if case .malformed = self { "write `[[]` for a literal `[` and `\\\\` for a literal `\\`" } else { nil }
    }
}
