public import OCIModel

/// A manifest with all that it names, ready to be sent.
public struct PushManifest: Sendable {
    /// The document's exact bytes.
    public var bytes: [UInt8]
    /// What the document is; see ``MediaType``.
    public var mediaType: String
    /// The configuration and the layers that a manifest names, each once.
    public var blobs: [Descriptor]

    /// Describes a manifest, or with no blobs an index.
    public init(bytes: [UInt8], mediaType: String, blobs: [Descriptor] = []) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.blobs = blobs
    }

    /// What names it.
    public var descriptor: Descriptor {
        Descriptor(mediaType: mediaType, digest: BlobDigest(hashing: bytes), size: Int64(bytes.count))
    }
}
