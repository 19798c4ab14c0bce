public import OCIModel

/// An image in the store: a manifest and its configuration.
public struct StoredImage: Hashable, Sendable {
    /// The digest of the configuration, which Docker calls the image's ID.
    public let id: BlobDigest
    /// The digest of the manifest.
    public let manifestDigest: BlobDigest

    /// Makes the pair.
    public init(id: BlobDigest, manifestDigest: BlobDigest) {
        self.id = id
        self.manifestDigest = manifestDigest
    }
}
