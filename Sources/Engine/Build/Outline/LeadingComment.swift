internal import Diagnostics

/// Comments that describe what stands below them, as `# NAME what it is for`.
enum LeadingComment {
    /// What the comment lines right above a range say about `name`; empty when none does.
    static func description(of name: String, at range: SourceRange, in source: SourceText) -> String {
        guard !name.isEmpty else { return "" }
        var index = source.lineIndex(at: range.lowerBound)
        var found = ""
        while index > 0 {
            index -= 1
            let line = trimmed(source.text(in: source.lineRange(index)))
            guard line.hasPrefix("#") else { break }
            let words = trimmed(line.dropFirst())
            // The first of several wins, and lines are met from the last.
            if words.hasPrefix(name + " ") { found = String(trimmed(words.dropFirst(name.count))) }
        }
        return found
    }

    private static func trimmed(_ text: some StringProtocol) -> Substring {
        var text = Substring(text)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text.drop { $0.isWhitespace }
    }
}
