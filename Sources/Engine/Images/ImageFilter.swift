internal import ContainerRuntime

/// A condition on listed images, as `--filter` writes it.
public enum ImageFilter: Equatable, Sendable {
    /// The name matches a pattern with `*` and `?`, with or without a tag.
    case reference(String)
    /// No name stands for the image, or one does.
    case dangling(Bool)
    /// The image has a label, and perhaps a value of it.
    case label(String, value: String?)
    /// The image was made before another one.
    case before(String)
    /// The image was made after another one.
    case since(String)
    /// The image was made before this time, in seconds since 1970.
    case until(Int64)
    /// The ID begins like this.
    case id(String)

    /// Reads `name=value`.
    ///
    /// - Throws: ``ImageServiceError/badFilter(_:reason:)``.
    public init(_ text: String) throws {
        guard let equals = text.firstIndex(of: "=") else {
            throw ImageServiceError.badFilter(text, reason: "it must look like `name=value`")
        }
        let value = String(text[text.index(after: equals)...])
        switch text[..<equals] {
        case "reference": self = .reference(value)
        case "dangling":
            guard let flag = ["true": true, "1": true, "false": false, "0": false][value.lowercased()] else {
                throw ImageServiceError.badFilter(text, reason: "`dangling` is `true` or `false`")
            }
            self = .dangling(flag)
        case "label":
            let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self = .label(String(parts[0]), value: parts.count > 1 ? String(parts[1]) : nil)
        case "before": self = .before(value)
        case "since", "after": self = .since(value)
        case "until": self = .until(try LogTime.parse(value, option: "--filter until=").seconds)
        case "id": self = .id(value.hasPrefix("sha256:") ? String(value.dropFirst(7)) : value)
        default:
            throw ImageServiceError.badFilter(
                text,
                reason: "the filters are `reference`, `dangling`, `label`, `before`, `since`, `until` and `id`"
            )
        }
    }

    /// Whether `pattern` with `*` and `?`, which stop at slashes as in Go's `path.Match`, matches all of `text`.
    static func matches(_ pattern: some StringProtocol, _ text: some StringProtocol) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        // Backtracking to the last star alone is enough, and linear in practice.
        var (p, t) = (0, 0)
        var (star, mark) = (-1, 0)
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = t
                p += 1
            } else if p < pattern.count,
                pattern[p] == text[t] || (pattern[p] == UInt8(ascii: "?") && text[t] != UInt8(ascii: "/"))
            {
                p += 1
                t += 1
            } else if star >= 0, text[mark] != UInt8(ascii: "/") {
                mark += 1
                t = mark
                p = star + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
