public import Diagnostics

/// One build stage: a `FROM` and the instructions up to the next.
public struct Stage: Hashable, Sendable {
    /// The stage's number, counted from 0 in file order.
    public let index: Int
    /// The `FROM` that opens it.
    public let from: FromInstruction
    /// What follows, in order.
    public let instructions: [Instruction]

    /// The stage's name in lower case; names are compared without case.
    public var name: String? { from.name?.text.lowercased() }
    /// The platform asked for, unexpanded.
    public var platform: Word? { from.platform }
    /// The stage's text in the file.
    public var range: SourceRange { instructions.reduce(from.range) { $0.union($1.range) } }
}
