public import Diagnostics

/// Why a text does not name an image.
public enum ReferenceError: Explainable, Equatable {
    /// Nothing was written.
    case empty
    /// The text is over 512 bytes.
    case tooLong(String)
    /// The part behind `@` is no digest.
    case badDigest(String)
    /// The part behind the last colon is no tag.
    case badTag(String, reference: String)
    /// The repository has capitals.
    case upperCase(String, suggestion: String)
    /// The repository or the registry breaks the grammar.
    case badName(String)
    /// The text is 64 hexadecimal digits, which is an image ID and not a name.
    case looksLikeIdentifier(String)

    /// What could not be read.
    public var what: String {
        switch self {
        case .empty: "cannot use an empty image name"
        case .tooLong(let text), .badDigest(let text), .badTag(_, let text), .upperCase(let text, _),
            .badName(let text), .looksLikeIdentifier(let text):
            "cannot read `\(text)` as an image name"
        }
    }

    /// Which rule the text breaks.
    public var why: String? {
        switch self {
        case .empty: nil
        case .tooLong: "it is longer than 512 bytes"
        case .badDigest: "what follows `@` must be `sha256:` and 64 lower-case hexadecimal digits"
        case .badTag(let tag, _): "`\(tag)` is no tag: letters, digits, `_`, `.` and `-`, at most 128"
        case .upperCase: "repository names are lower case"
        case .badName: "a name is `[registry/]repository[:tag]` in lower case letters, digits, `.`, `_`, `-` and `/`"
        case .looksLikeIdentifier: "64 hexadecimal digits are an image ID"
        }
    }

    /// What to write instead.
    public var remedy: String? {
        if case .upperCase(_, let suggestion) = self { "use `\(suggestion)`" } else { nil }
    }
}
