public import Diagnostics

/// Why a text is not a digest.
public enum DigestError: Explainable, Equatable {
    /// The text is not `sha256:` and 64 lower-case hexadecimal digits.
    case malformed(String)

    public var what: String {
        switch self {
        case .malformed(let text): "cannot read `\(text)` as a digest"
        }
    }

    public var why: String? { "a digest is `sha256:` and 64 lower-case hexadecimal digits" }
}
