/// One instruction as written, split into words but not checked.
public struct SyntaxNode: Hashable, Sendable {
    /// The instruction's name in lower case, also when there is no such instruction.
    public let name: String
    /// The flags in front of the arguments, without quotes.
    public let flags: [String]
    /// The arguments, which every kind of instruction splits in its own way; variables and quotes are untouched.
    ///
    /// A shell form is one argument, a JSON array its elements; each pair of `ENV` and `LABEL` is three: name, value,
    /// and `=` or nothing for the old form.
    public let arguments: [String]
    /// Whether the arguments are those of a JSON array.
    public let isJSON: Bool
    /// The first line, from 1.
    public let firstLine: Int
    /// The last line, heredocs and dropped comments included.
    public let lastLine: Int
    /// The documents behind the instruction; those of a trigger belong to its `ONBUILD`.
    public let heredocs: [Heredoc]
    /// The instruction that an `ONBUILD` keeps; otherwise empty.
    public let children: [SyntaxNode]
}
