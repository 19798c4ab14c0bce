public import Diagnostics

/// One `--mount=…` of a `RUN` as written.
///
/// Its values may hold variables, so it becomes a ``RunMount`` only when the step's environment is known.
public struct RunMountFlag: Hashable, Sendable {
    /// The text after `--mount=`, and where it stands.
    public let word: Word

    /// The stage or image of `from=`, which is never expanded.
    public var from: String? {
        (try? MountOptions(word, expand: nil))?.values[.from]
    }

    /// Expands every value and checks the result.
    ///
    /// - Throws: a diagnostic at the flag.
    public func resolved(with expander: WordExpander) throws(Diagnostic) -> RunMount {
        let word = word
        let options = try MountOptions(word) { (text) throws(Diagnostic) in
            try expander.expand(Word(text, at: word.range))
        }
        return try options.mount()
    }

    /// Checks what can be checked before variables are known.
    func check() throws(Diagnostic) {
        let options = try MountOptions(word, expand: nil)
        guard !word.mentionsVariable else { return }
        _ = try options.mount()
    }
}
