public import OCIModel

/// What a build made.
public struct BuildResult: Sendable {
    /// The image ID: the digest of its configuration, or of the index when there are several platforms.
    public var imageID: BlobDigest
    /// What its name stands for: a manifest, or an index of several platforms; at the registry when it was sent there.
    public var descriptor: Descriptor
    /// The names it was given.
    public var tags: [ImageReference]
    /// Whether data went to standard output.
    public var usedStandardOutput = false

    /// The digest of the manifest or index.
    public var manifestDigest: BlobDigest { descriptor.digest }
}
