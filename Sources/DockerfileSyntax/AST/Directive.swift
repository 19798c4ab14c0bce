public import Diagnostics

/// A parser directive from the first lines of a file.
public struct Directive: Hashable, Sendable {
    /// The directives there are.
    public enum Kind: Hashable, Sendable {
        /// The frontend image to use, which a builder without frontends ignores.
        case syntax(String)
        /// The escape character of the file.
        case escape(EscapeCharacter)
        /// Which lint rules to skip and whether warnings are errors.
        case check(CheckDirective)
    }

    /// What it says.
    public let kind: Kind
    /// The whole line.
    public let range: SourceRange
}
