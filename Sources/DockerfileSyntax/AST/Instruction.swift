public import Diagnostics

/// One instruction other than `FROM`.
public struct Instruction: Hashable, Sendable {
    /// What it says.
    public let kind: InstructionKind
    /// The instruction's name as written.
    public let keyword: Word
    /// The instruction in the file, heredoc bodies included.
    public let range: SourceRange
    /// The instruction on one line, without continuations, dropped comments, surrounding blanks and heredoc bodies.
    ///
    /// History entries are made from it.
    public let originalText: String
}
