public import Diagnostics

/// A piece of text from the file, quotes and variables untouched, and where it stands.
public struct Word: Hashable, Sendable {
    /// The text as written, with line continuations removed.
    public let text: String
    /// Where it stands in the file.
    public let range: SourceRange

    /// Makes a word.
    public init(_ text: String, at range: SourceRange) {
        self.text = text
        self.range = range
    }

    /// Whether expansion could change the text through a variable.
    public var mentionsVariable: Bool { text.utf8.contains(UInt8(ascii: "$")) }
}
