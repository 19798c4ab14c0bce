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
        guard text.utf8.count <= 512 else { throw .tooLong(String(text.prefix(40)) + "…") }
        let parts = try NormalizedReference(text)
        (domain, path, tag) = (parts.domain, parts.path, parts.tag)
        if let written = parts.digest {
            do { digest = try BlobDigest(written) } catch { throw .badDigest(text) }
        }
    }

    /// The reference with the tag `latest` when it has neither tag nor digest.
    public var withDefaultTag: ImageReference {
        var copy = self
        if tag == nil, digest == nil { copy.tag = "latest" }
        return copy
    }

    /// The repository in the short form that people read, without tag and digest.
    public var familiarName: String { NormalizedReference.familiarName(domain: domain, path: path) }

    /// The reference in the short form that people read.
    public var familiar: String { familiarName + suffix }

    /// The reference with its registry and whole path.
    public var canonical: String { "\(domain)/\(path)" + suffix }

    /// The canonical form.
    public var description: String { canonical }

    private var suffix: String {
        (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }
}
