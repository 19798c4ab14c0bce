/// A reference to a blob: what it is, its digest and its size.
///
/// Source: OCI image-spec, descriptor.md.
public struct Descriptor: Codable, Hashable, Sendable {
    /// What the blob holds; see ``MediaType``.
    public var mediaType: String
    /// The digest of the blob's bytes.
    public var digest: BlobDigest
    /// The blob's length in bytes.
    public var size: Int64
    /// The platform of the manifest that the descriptor names, in an index.
    public var platform: Platform?
    /// Free annotations; `nil` is left out while an empty map is written, and the digest depends on it.
    public var annotations: [String: String]?
    /// The kind of artifact that the named manifest holds.
    public var artifactType: String?
    /// Where else the blob may be fetched from; never followed without being asked (CVE-2020-15157).
    public var urls: [String]?

    /// Whether it names what is told about an image, in BuildKit's layout, and no image.
    public var isAttestation: Bool {
        annotations?["vnd.docker.reference.type"] == "attestation-manifest"
            || (platform?.os == "unknown" && platform?.architecture == "unknown")
    }

    /// Makes a descriptor from its parts.
    public init(
        mediaType: String,
        digest: BlobDigest,
        size: Int64,
        platform: Platform? = nil,
        annotations: [String: String]? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
        self.annotations = annotations
    }
}
