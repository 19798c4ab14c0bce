/// One `NAME` or `NAME=default` of an `ARG`.
public struct ArgDeclaration: Hashable, Sendable {
    /// The name, quotes and variables untouched.
    public let name: Word
    /// The default; `nil` when there is no `=`, so that unset and empty differ.
    public let value: Word?
}
