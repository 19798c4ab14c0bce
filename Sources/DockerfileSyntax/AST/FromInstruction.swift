public import Diagnostics

/// `FROM [--platform=P] IMAGE [AS NAME]`.
public struct FromInstruction: Hashable, Sendable {
    /// The image or stage to start from, unexpanded.
    public let image: Word
    /// The stage's name as written.
    public let name: Word?
    /// The value of `--platform`, unexpanded.
    public let platform: Word?
    /// The instruction's name as written.
    public let keyword: Word
    /// The word `AS` as written.
    public let asKeyword: Word?
    /// The instruction in the file.
    public let range: SourceRange
    /// The instruction on one line, without continuations and surrounding blanks.
    public let originalText: String
}
