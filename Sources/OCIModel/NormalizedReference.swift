/// The parts of an image's name by the reference grammar, with any digest algorithm that it knows.
///
/// ``ImageReference`` is the same for images that llmbox can hold. Source: distribution/reference.
public struct NormalizedReference: Hashable, Sendable {
    /// The registry.
    public let domain: String
    /// The repository within the registry.
    public let path: String
    /// The tag, when one was written.
    public let tag: String?
    /// The digest with its algorithm, when one was written.
    public let digest: String?

    /// Completes and checks a name as a user types it.
    ///
    /// - Throws: ``ReferenceError`` saying which part breaks the grammar.
    public init(_ text: String) throws(ReferenceError) {
        guard !text.isEmpty else { throw .empty }
        if text.utf8.count == 64, text.utf8.allSatisfy({ Self.isDigit($0) || (97...102).contains($0) }) {
            throw .looksLikeIdentifier(text)
        }
        var rest = Substring(text)
        var digest: String?
        if let at = rest.lastIndex(of: "@") {
            let written = String(rest[rest.index(after: at)...])
            guard Self.isDigest(written) else { throw .badDigest(text) }
            digest = written
            rest = rest[..<at]
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let written = String(rest[rest.index(after: colon)...])
            guard Self.isTag(written) else { throw .badTag(written, reference: text) }
            tag = written
            rest = rest[..<colon]
        }
        let name = String(rest)
        guard !name.isEmpty else { throw .badName(text) }
        (domain, path) = Self.split(name)
        if path != path.lowercased() {
            throw .upperCase(text, suggestion: Self.replacing(path, with: path.lowercased(), in: text))
        }
        guard Self.isDomain(domain), Self.isPath(path), path.utf8.count <= 255 else { throw .badName(text) }
        (self.tag, self.digest) = (tag, digest)
    }

    /// The repository in the short form that people read, without tag and digest.
    public var familiarName: String { Self.familiarName(domain: domain, path: path) }

    static func familiarName(domain: String, path: String) -> String {
        guard domain == ImageReference.defaultDomain else { return "\(domain)/\(path)" }
        let library = "library/"
        return path.hasPrefix(library) && !path.dropFirst(library.count).contains("/")
            ? String(path.dropFirst(library.count)) : path
    }

    /// The reference in the short form that people read.
    public var familiar: String { familiarName + suffix }

    /// The reference with its registry and whole path.
    public var canonical: String { "\(domain)/\(path)" + suffix }

    private var suffix: String { (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    private static func replacing(_ name: String, with replacement: String, in text: String) -> String {
        text.hasPrefix(name) ? replacement + text.dropFirst(name.count) : text.lowercased()
    }

    // MARK: Grammar

    private static func split(_ name: String) -> (domain: String, path: String) {
        let standard = ImageReference.defaultDomain
        guard let slash = name.firstIndex(of: "/") else { return (standard, "library/\(name)") }
        let first = String(name[..<slash])
        let rest = String(name[name.index(after: slash)...])
        let isRegistry =
            first == "localhost" || first.contains { $0 == "." || $0 == ":" } || first != first.lowercased()
        guard isRegistry else { return (standard, name) }
        guard first == standard || first == "index.docker.io" else { return (first, rest) }
        return (standard, rest.contains("/") ? rest : "library/\(rest)")
    }

    private static func isTag(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first, first != 45, first != 46 else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || $0 == 95 || $0 == 45 || $0 == 46 }
    }

    private static func isDigest(_ text: String) -> Bool {
        let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]
        guard let colon = text.firstIndex(of: ":"), let length = lengths[String(text[..<colon])] else { return false }
        let digits = text[text.index(after: colon)...].utf8
        return digits.count == length && digits.allSatisfy { isDigit($0) || (97...102).contains($0) }
    }

    /// A host of dot-separated labels or an IPv6 address in brackets, and perhaps a port.
    private static func isDomain(_ text: String) -> Bool {
        var host = text[...]
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let port = text[text.index(after: colon)...].utf8
            guard !port.isEmpty, port.allSatisfy(isDigit) else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast().utf8
            return !address.isEmpty
                && address.allSatisfy { isDigit($0) || (97...102).contains($0 | 0x20) || $0 == 58 }
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isLetterOrDigit(first) && isLetterOrDigit(last)
                && label.utf8.allSatisfy { isLetterOrDigit($0) || $0 == 45 }
        }
    }

    /// Components are lower-case alphanumerics joined by `.`, `_`, `__` or dashes.
    private static func isPath(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
            var run: [UInt8] = []
            guard let first = component.utf8.first, let last = component.utf8.last else { return false }
            guard isLowerOrDigit(first), isLowerOrDigit(last) else { return false }
            for byte in component.utf8 {
                if isLowerOrDigit(byte) {
                    run = []
                    continue
                }
                run.append(byte)
                let isSeparator = run == [46] || run == [95] || run == [95, 95] || run.allSatisfy { $0 == 45 }
                guard isSeparator else { return false }
            }
            return true
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { (97...122).contains(byte) || isDigit(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (65...90).contains(byte) }
}
