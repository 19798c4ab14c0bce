public import Diagnostics

/// Why a word cannot be expanded.
public enum ExpansionError: Explainable, Hashable {
    /// A quote has no partner.
    case unterminatedQuote(Character)
    /// `${` has no `}`, or `${name/pattern` no second `/`.
    case missing(Character)
    /// What stands in `${}` is no name.
    case badSubstitution
    /// What follows the name in `${}` is no modifier.
    case unsupportedModifier(String)
    /// `${name?message}` and the variable is unset or empty.
    case required(name: String, message: String)
    /// A pattern ends in an escape or escapes an ordinary character.
    case invalidPattern(String)
    /// Substitutions are nested deeper than any file needs.
    case nestedTooDeeply

    /// What could not be done.
    public var what: String { "cannot expand the word" }

    /// The cause.
    public var why: String? {
        switch self {
        case .unterminatedQuote(let quote): "the quote `\(quote)` is not closed"
        case .missing(let character): "`${` lacks its `\(character)`"
        case .badSubstitution: "`${` is not followed by a variable's name"
        case .unsupportedModifier(let modifier): "`\(modifier)` is no modifier of `${}`"
        case .required(let name, let message): "variable `\(name)` \(message)"
        case .invalidPattern(let pattern): "the pattern `\(pattern)` has an invalid escape"
        case .nestedTooDeeply: "substitutions are nested too deeply"
        }
    }

    /// What the author can do.
    public var remedy: String? {
        switch self {
        case .unterminatedQuote(let quote): "close it, or write `\\\(quote)` for a literal quote"
        case .unsupportedModifier: "use one of `:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%` `/` `//`"
        default: nil
        }
    }
}
