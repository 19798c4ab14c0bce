public import Diagnostics

/// Expands variables in words and removes their quotes, the way the builder does it for every instruction but those
/// whose text goes to a shell.
///
/// All `${…}` modifiers of POSIX shells that Dockerfiles know are there: `:-` `-` `:+` `+` `:?` `?` `#` `##` `%` `%%`
/// `/` `//`. A value that was put in is never expanded again.
public struct WordExpander {
    /// How quotes are treated.
    public enum Quotes: Hashable, Sendable {
        /// They group and are removed, as in an instruction's words.
        case removed
        /// They are ordinary characters, as in the body of a copied heredoc; escapes still work.
        case literal
    }

    /// The escape character of the file.
    public let escape: EscapeCharacter
    /// How quotes are treated.
    public let quotes: Quotes
    private let lookup: (String) -> String?

    /// Makes an expander whose `lookup` returns the value of a variable, or `nil` when it is unset.
    public init(
        escape: EscapeCharacter = .backslash,
        quotes: Quotes = .removed,
        lookup: @escaping (String) -> String?
    ) {
        self.escape = escape
        self.quotes = quotes
        self.lookup = lookup
    }

    /// Expands `word` to one string; blanks stay as they are.
    public func expand(_ word: String) throws(ExpansionError) -> String {
        try run(word).text
    }

    /// Expands `word` and splits the result at blanks that were not quoted, as `EXPOSE` does.
    public func expandWords(_ word: String) throws(ExpansionError) -> [String] {
        try run(word).words
    }

    /// Expands a word of the file, so that a failure says where it stands.
    public func expand(_ word: Word) throws(Diagnostic) -> String {
        do { return try expand(word.text) } catch { throw Diagnostic(error, at: word.range) }
    }

    /// Expands and splits a word of the file, so that a failure says where it stands.
    public func expandWords(_ word: Word) throws(Diagnostic) -> [String] {
        do { return try expandWords(word.text) } catch { throw Diagnostic(error, at: word.range) }
    }

    private func run(_ word: String) throws(ExpansionError) -> (text: String, words: [String]) {
        var scan = ExpansionScan(word, escape: escape, quotes: quotes, lookup: lookup)
        return try scan.expand()
    }
}

extension Diagnostic {
    /// An error that says why a word could not be expanded.
    public init(_ error: ExpansionError, at range: SourceRange) {
        self.init(.error, error.description, at: range, hint: error.remedy)
    }
}
