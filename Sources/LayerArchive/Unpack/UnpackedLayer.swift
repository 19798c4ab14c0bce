public import OCIModel

/// What was learnt about a foreign layer while it was unpacked.
public struct UnpackedLayer: Equatable, Sendable {
    /// The uncompressed stream.
    public let layer: LayerReceipt
    /// How the stream came.
    public let compression: CompressionFormat
    /// SHA-256 of the stream as it came.
    public let compressedDigest: BlobDigest
    /// Bytes of the stream as it came.
    public let compressedSize: UInt64
}
