public import Diagnostics

/// A Dockerfile as lines and words, before anything is said about what they mean.
public struct SyntaxTree: Hashable, Sendable {
    /// The escape character of the file.
    public let escape: EscapeCharacter
    /// The instructions in order; never empty.
    public let nodes: [SyntaxNode]
    /// What is suspicious about the lines.
    public let warnings: [Diagnostic]
}

/// Reads a file as far as splitting it into instructions and words, as tools that rewrite Dockerfiles do.
///
/// Unknown instructions and unknown flags are no errors here; ``parse(_:)`` refuses them.
/// - Throws: ``SyntaxTreeError`` with all mistakes.
public func parseTree(_ source: SourceText) throws(SyntaxTreeError) -> SyntaxTree {
    var reader = SyntaxTreeReader(source)
    return try reader.read()
}

/// Everything that keeps a file from being split into words.
public struct SyntaxTreeError: Error {
    /// The mistakes in the order of the file.
    public let diagnostics: [Diagnostic]
}
