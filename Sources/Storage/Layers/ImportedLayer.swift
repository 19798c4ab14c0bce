public import LayerArchive
public import OCIModel

/// A foreign layer that is in the store now.
public struct ImportedLayer: Hashable, Sendable {
    /// The layer.
    public let layer: StoredLayer
    /// How it came.
    public let compression: CompressionFormat
    /// SHA-256 of the stream as it came.
    public let compressedDigest: BlobDigest
    /// Bytes of the stream as it came.
    public let compressedSize: UInt64
}
