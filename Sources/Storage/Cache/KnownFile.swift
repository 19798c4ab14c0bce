public import OCIModel

/// What is remembered about a file that has not changed since.
public struct KnownFile: Hashable, Sendable {
    /// The SHA-256 of its content, or another token for it.
    public var content: BlobDigest
    /// Whether it is known to have no extended attribute that belongs into an image.
    ///
    /// Changing an attribute changes the time that no program can set, so an equal identity means equal attributes.
    public var isPlain: Bool

    /// Makes a record.
    public init(content: BlobDigest, isPlain: Bool = false) {
        self.content = content
        self.isPlain = isPlain
    }
}
