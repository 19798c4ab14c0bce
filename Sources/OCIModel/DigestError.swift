public import Diagnostics

/// Why a text is not a digest.
public enum DigestError: Explainable, Equatable {
    /// The text is not `sha256:` and 64 lower-case hexadecimal digits.
    case malformed(String)

    /// What could not be read.
    public var what: String {
        switch self {
        case .malformed(let text): "cannot read `\(text)` as a digest"
        }
    }

    /// Which rule the text breaks.
    public var why: String? { "a digest is `sha256:` and 64 lower-case hexadecimal digits" }
}
