/// One line of an ignore file.
struct IgnorePattern: Hashable, Sendable {
    let isNegated: Bool
    private let elements: [GlobElement]
    /// The components up to the first that crosses directories, to see where a match could lie.
    private let leading: [[GlobElement]]
    /// The pattern as one literal path: most are, and comparing strings is far cheaper.
    private let literal: String?
    /// What the pattern begins with before its first wildcard: a cheap way to say no.
    private let prefix: [Unicode.Scalar]

    /// Reads a pattern that was cleaned and stripped of `!` and a leading slash; `nil` when it is malformed.
    init?(_ pattern: String, isNegated: Bool) {
        // Malformed patterns are those of `filepath.Match`, to which `**` is two stars.
        guard let plain = GlobElement.parse(pattern) else { return nil }
        self.isNegated = isNegated
        elements = Self.joinStars(plain, hasEscapes: pattern.utf8.contains(UInt8(ascii: "\\")))
        var leading: [[GlobElement]] = [[]]
        var crosses = false
        for element in elements {
            if element == .directories || element == .everything {
                crosses = true
                break
            }
            if element == .scalar("/") { leading.append([]) } else { leading[leading.count - 1].append(element) }
        }
        // The component in which a `**` stands can be anything.
        if crosses { leading.removeLast() }
        self.leading = leading
        literal = GlobElement.literal(elements)
        prefix = Array(
            elements.lazy.map { if case .scalar(let scalar) = $0 { scalar } else { nil } }.prefix { $0 != nil }
                .compactMap { $0 }
        )
    }

    /// Makes `**`, with a slash behind it if there is one, cross directories.
    private static func joinStars(_ plain: [GlobElement], hasEscapes: Bool) -> [GlobElement] {
        var result: [GlobElement] = []
        var position = 0
        while position < plain.count {
            guard plain[position] == .star, position + 1 < plain.count, plain[position + 1] == .star else {
                result.append(plain[position])
                position += 1
                continue
            }
            position += 2
            let hasSlash = position < plain.count && plain[position] == .scalar("/")
            if hasSlash { position += 1 }
            let rest = plain[position...]
            let isLiteral = GlobElement.literal(Array(rest)) != nil
            // A leading `**name` without other wildcards and escapes matches every path that ends in `name`.
            let isSuffix = result.isEmpty && !hasSlash && isLiteral && !hasEscapes
            result.append(rest.isEmpty || isSuffix ? .everything : .directories)
        }
        return result
    }

    /// Whether the pattern matches `path` or a directory above it.
    func matches(_ path: String, _ scalars: [Unicode.Scalar]) -> Bool {
        if let literal {
            guard path.utf8.starts(with: literal.utf8) else { return false }
            let rest = path.utf8.dropFirst(literal.utf8.count)
            return rest.isEmpty || rest.first == UInt8(ascii: "/")
        }
        guard scalars.starts(with: prefix) else { return false }
        // One pass answers for the path and for all directories above it: each is a prefix of the path.
        return GlobElement.ends(of: elements[prefix.count...], in: scalars, from: prefix.count).contains {
            $0 == scalars.count || ($0 > 0 && scalars[$0] == "/")
        }
    }

    /// Whether something below `directory` could match.
    func canMatch(below directory: [[Unicode.Scalar]]) -> Bool {
        for (index, name) in directory.enumerated() {
            // Past the end of the pattern the directory itself was matched, and so is all below it.
            guard index < leading.count else { return true }
            guard GlobElement.match(leading[index], name) else { return false }
        }
        return true
    }
}
