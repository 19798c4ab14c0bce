public import OCIModel

/// What a finished layer stream turned out to be.
public struct LayerReceipt: Equatable, Sendable {
    /// SHA-256 of the uncompressed tar stream.
    public let diffID: BlobDigest
    /// Bytes of the uncompressed tar stream.
    public let tarSize: UInt64
    /// Bytes of the files in it, without headers and padding.
    public let contentSize: UInt64
    /// What compressing would make of the contents; nil when they were not sampled.
    public let compressibility: Compressibility?

    /// Makes a receipt.
    public init(
        diffID: BlobDigest,
        tarSize: UInt64,
        contentSize: UInt64,
        compressibility: Compressibility? = nil
    ) {
        self.diffID = diffID
        self.tarSize = tarSize
        self.contentSize = contentSize
        self.compressibility = compressibility
    }
}
