internal import Diagnostics

/// The patterns of a `.dockerignore`, which decide what of the context a build may see.
///
/// Patterns are anchored at the context's root and the last one that matches wins. What matches a directory matches all
/// below it. `!` brings paths back, even from a directory that is excluded.
public struct IgnoreRules: Hashable, Sendable {
    private let patterns: [IgnorePattern]
    private let hasNegation: Bool

    /// Rules that exclude nothing.
    public static let none = IgnoreRules(checked: [])

    /// Reads an ignore file: one pattern a line, `#` first for comments.
    ///
    /// - Throws: ``GlobError`` with the number of the first bad line.
    public init(parsing bytes: [UInt8]) throws(GlobError) {
        var content = bytes[...]
        if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
        var patterns: [IgnorePattern] = []
        let lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line.first == UInt8(ascii: "#") { continue }
            guard !line.contains(0) else { throw .notText(line: index + 1) }
            if let pattern = try Self.pattern(FileName.text(line), line: index + 1) { patterns.append(pattern) }
        }
        self.init(checked: patterns)
    }

    /// Takes patterns one by one, as `--exclude` gives them.
    public init(patterns: [String]) throws(GlobError) {
        var checked: [IgnorePattern] = []
        for text in patterns {
            if let pattern = try Self.pattern(text, line: nil) { checked.append(pattern) }
        }
        self.init(checked: checked)
    }

    private init(checked: [IgnorePattern]) {
        patterns = checked
        hasNegation = checked.contains(where: \.isNegated)
    }

    private static func pattern(_ line: String, line number: Int?) throws(GlobError) -> IgnorePattern? {
        var text = line.trimmingBlanks()
        if text.isEmpty { return nil }
        let isNegated = text.hasPrefix("!")
        if isNegated { text = String(text.dropFirst()).trimmingBlanks() }
        guard !text.isEmpty else { throw .bareNegation(line: number) }
        var cleaned = CleanPath.clean(text)
        if cleaned.hasPrefix("/") { cleaned.removeFirst() }
        if cleaned.isEmpty { return nil }
        guard let pattern = IgnorePattern(cleaned, isNegated: isNegated) else {
            throw .malformed(pattern: line.trimmingBlanks(), line: number)
        }
        return pattern
    }

    /// Whether the build must not see `path`.
    ///
    /// The path is relative to the context's root, without `.`, `..` and a trailing slash. Whether it is a directory
    /// makes no difference: `name/` in an ignore file means the same as `name`.
    public func isExcluded(_ path: String) -> Bool {
        if path.isEmpty || path == "." || patterns.isEmpty { return false }
        let scalars = Array(path.unicodeScalars)
        var isExcluded = false
        for pattern in patterns where pattern.isNegated == isExcluded {
            if pattern.matches(path, scalars) { isExcluded = !pattern.isNegated }
        }
        return isExcluded
    }

    /// Whether a `!` pattern could bring back something below `directory`.
    ///
    /// When it cannot, a walk may leave out an excluded directory altogether.
    public func mayContainReincluded(directory: String) -> Bool {
        guard hasNegation else { return false }
        let names = FileName.components(directory).filter { $0 != "." }.map { Array($0.unicodeScalars) }
        return patterns.contains { $0.isNegated && $0.canMatch(below: names) }
    }
}
