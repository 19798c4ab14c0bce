public import OCIModel

/// What to send, and where to.
public struct PushRequest: Sendable {
    /// The image here: a name or an ID.
    public var image: String
    /// What it is called at the registry.
    public var destination: ImageReference
    /// How registries are reached.
    public var access: RegistryAccess
    /// How layers leave that the registry does not have in any form that will do.
    public var compression = PushCompression.auto
    /// The effort of compressing; nil for the usual one.
    public var compressionLevel: Int?

    /// Describes a push of `image` to `destination`, which is the image's own name when it is nil.
    public init(_ image: String, to destination: ImageReference? = nil, access: RegistryAccess) throws(ReferenceError) {
        self.image = image
        if let destination {
            self.destination = destination.withDefaultTag
        } else {
            self.destination = try ImageReference(image).withDefaultTag
        }
        self.access = access
    }
}

/// A fact about a push under way, for those who watch.
public enum PushProgress: Sendable {
    /// A layer of `size` bytes is being compressed.
    case compressing(BlobDigest, size: Int64)
    /// The registry has a blob already; nothing moves.
    case exists(BlobDigest, size: Int64)
    /// The registry took a blob over from another of its repositories; nothing moves.
    case mounted(BlobDigest, from: String)
    /// A blob of `size` bytes begins to be sent.
    case started(BlobDigest, size: Int64)
    /// So many bytes of a blob were sent.
    case sent(BlobDigest, bytes: Int64)
    /// The registry has the blob now.
    case finished(BlobDigest)
}
