internal import Diagnostics
internal import DockerfileSyntax

/// Expands words with the variables in scope before an instruction.
struct ScopeExpander {
    private let scope: VariableScope
    private let escape: EscapeCharacter
    private let used: (String) -> Void

    /// Prepares for the words of an instruction; `used` hears of every variable that is looked at.
    init(_ scope: VariableScope, escape: EscapeCharacter, used: @escaping (String) -> Void = { _ in }) {
        self.scope = scope
        self.escape = escape
        self.used = used
    }

    private var words: WordExpander {
        WordExpander(escape: escape) { name in
            used(name)
            return scope[name]
        }
    }

    /// Expands to one string.
    func expand(_ word: Word) throws(Diagnostic) -> String { try words.expand(word) }

    /// Expands and splits at blanks.
    func expandToWords(_ word: Word) throws(Diagnostic) -> [String] { try words.expandWords(word) }

    /// Expands the body of a copied heredoc, in which quotes are ordinary characters.
    func expand(_ heredoc: Heredoc) throws(Diagnostic) -> String {
        // A document keeps the backslash as its escape whatever the file's own escape character is.
        let expander = WordExpander(escape: .backslash, quotes: .literal) { scope[$0] }
        do {
            return try expander.expand(heredoc.content)
        } catch {
            throw Diagnostic(error, at: heredoc.bodyRange)
        }
    }

    /// Expands and checks a `--mount`.
    func mount(_ flag: RunMountFlag) throws(Diagnostic) -> RunMount { try flag.resolved(with: words) }
}
