/// The name of an image: registry, repository, and a tag or digest or both.
///
/// Short names are completed as Docker does: `ubuntu` is `docker.io/library/ubuntu:latest`, and a first part is
/// a registry only when it has a dot or a colon or is `localhost`. Source: distribution/reference grammar.
public struct ImageReference: Hashable, Sendable, CustomStringConvertible {
    /// The registry, such as `docker.io` or `localhost:5000`.
    public let domain: String
    /// The repository within the registry, such as `library/ubuntu`.
    public let path: String
    /// The tag, when one was written.
    public var tag: String?
    /// The digest, when one was written.
    public var digest: BlobDigest?

    /// The registry that short names belong to.
    public static let defaultDomain = "docker.io"

    /// Parses a reference as a user types it.
    ///
    /// - Throws: ``ReferenceError`` saying which part breaks the grammar.
    public init(_ text: String) throws(ReferenceError) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= 512 else { throw .tooLong(String(text.prefix(40)) + "…") }
        var rest = Substring(text)
        if let at = rest.lastIndex(of: "@") {
            do { digest = try BlobDigest(String(rest[rest.index(after: at)...])) } catch { throw .badDigest(text) }
            rest = rest[..<at]
        }
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            let tag = String(rest[rest.index(after: colon)...])
            guard Self.isTag(tag) else { throw .badTag(tag, reference: text) }
            self.tag = tag
            rest = rest[..<colon]
        }
        let name = String(rest)
        guard !name.isEmpty else { throw .badName(text) }
        if digest == nil, tag == nil, name.utf8.count == 64, (try? BlobDigest(hex: name)) != nil {
            throw .looksLikeIdentifier(name)
        }
        (domain, path) = Self.split(name)
        guard Self.isDomain(domain) else { throw .badName(text) }
        if path != path.lowercased() { throw .upperCase(text, suggestion: text.replacingName(path, path.lowercased())) }
        guard Self.isPath(path), domain.utf8.count + path.utf8.count < 255 else { throw .badName(text) }
    }

    /// The reference with the tag `latest` when it has neither tag nor digest.
    public var withDefaultTag: ImageReference {
        var copy = self
        if tag == nil, digest == nil { copy.tag = "latest" }
        return copy
    }

    /// The repository in the short form that people read, without tag and digest.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return "\(domain)/\(path)" }
        let library = "library/"
        return path.hasPrefix(library) && !path.dropFirst(library.count).contains("/")
            ? String(path.dropFirst(library.count)) : path
    }

    /// The reference in the short form that people read.
    public var familiar: String { familiarName + suffix }

    /// The reference with its registry and whole path.
    public var canonical: String { "\(domain)/\(path)" + suffix }

    /// The canonical form.
    public var description: String { canonical }

    private var suffix: String {
        (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    private static func split(_ name: String) -> (domain: String, path: String) {
        guard let slash = name.firstIndex(of: "/") else { return (defaultDomain, "library/\(name)") }
        let first = String(name[..<slash])
        let rest = String(name[name.index(after: slash)...])
        let isRegistry =
            first == "localhost" || first.contains { $0 == "." || $0 == ":" } || first != first.lowercased()
        guard isRegistry else { return (defaultDomain, name) }
        guard first == defaultDomain || first == "index.docker.io" else { return (first, rest) }
        return (defaultDomain, rest.contains("/") ? rest : "library/\(rest)")
    }

    private static func isTag(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...128).contains(bytes.count), let first = bytes.first, first != 45, first != 46 else { return false }
        return bytes.allSatisfy { isLetterOrDigit($0) || $0 == 95 || $0 == 45 || $0 == 46 }
    }

    /// A host of dot-separated labels or an IPv6 address in brackets, and perhaps a port.
    private static func isDomain(_ text: String) -> Bool {
        var host = text[...]
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let port = text[text.index(after: colon)...].utf8
            guard (1...5).contains(port.count), port.allSatisfy({ (48...57).contains($0) }) else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast().utf8
            return !address.isEmpty && address.allSatisfy { isLetterOrDigit($0) || $0 == 58 || $0 == 46 }
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

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { isLowerOrDigit(byte) || (65...90).contains(byte) }
}

extension String {
    fileprivate func replacingName(_ name: String, _ replacement: String) -> String {
        hasPrefix(name) ? replacement + dropFirst(name.count) : lowercased()
    }
}
