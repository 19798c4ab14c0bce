/// A path pattern as Go's `filepath.Match` has it, for sources of `COPY` and `ADD`.
///
/// `*` and `?` stop at slashes, `[a-z]` and `[^a-z]` are sets, and a backslash escapes. A leading dot is nothing special.
public struct PathGlob: Hashable, Sendable {
    /// The pattern as written.
    public let pattern: String
    private let elements: [GlobElement]

    /// Reads a pattern.
    public init(_ pattern: String) throws(GlobError) {
        guard let elements = GlobElement.parse(pattern) else { throw .malformed(pattern: pattern, line: nil) }
        self.pattern = pattern
        self.elements = elements
    }

    /// Whether the pattern matches the whole of `path`.
    public func matches(_ path: String) -> Bool {
        GlobElement.match(elements, Array(path.unicodeScalars))
    }

    /// The one path the pattern matches, when it has no wildcards.
    public var literalPath: String? { GlobElement.literal(elements) }

    /// The patterns of the path's components, for walking down directory by directory.
    public var components: [PathGlob] {
        get throws(GlobError) {
            var result: [PathGlob] = []
            for part in Self.split(pattern) where !part.isEmpty { result.append(try PathGlob(part)) }
            return result
        }
    }

    /// Whether `text` holds an unescaped `*`, `?` or `[`.
    public static func hasWildcards(_ text: String) -> Bool {
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "[") {
                return true
            }
        }
        return false
    }

    /// Splits at slashes outside brackets.
    private static func split(_ pattern: String) -> [String] {
        var parts = [""]
        var inSet = false
        var isEscaped = false
        for character in pattern.unicodeScalars {
            if character == "/", !inSet, !isEscaped {
                parts.append("")
                continue
            }
            if !isEscaped {
                if character == "[" { inSet = true }
                if character == "]" { inSet = false }
            }
            isEscaped = character == "\\" && !isEscaped
            parts[parts.count - 1].unicodeScalars.append(character)
        }
        return parts
    }
}
