public import OCIModel

/// One row of a list of images: an image under one name, or under none.
public struct ImageSummary: Equatable, Sendable {
    /// The image's ID.
    public let id: BlobDigest
    /// The digest of its manifest.
    public let manifestDigest: BlobDigest
    /// The repository in the short form; nil when it has no name.
    public let repository: String?
    /// The tag; nil when it is known by a digest only, or not at all.
    public let tag: String?
    /// The digest under which a registry has it.
    public let digest: BlobDigest?
    /// When it was made, in RFC 3339.
    public let created: String?
    /// Bytes of its files, shared layers included.
    public let size: UInt64
    /// Its labels.
    public let labels: [String: String]
    /// How many containers use it.
    public let containers: Int

    /// Whether no name stands for it.
    public var isDangling: Bool { tag == nil }
}
