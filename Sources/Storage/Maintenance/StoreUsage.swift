public import OCIModel

/// What the store takes on the disk, in bytes of allocated blocks.
public struct StoreUsage: Sendable, Equatable {
    /// Each layer, with its index.
    public var layers: [BlobDigest: UInt64] = [:]
    /// All documents.
    public var blobs: UInt64 = 0
    /// Build cache records, references and other small files.
    public var records: UInt64 = 0
    /// Work that is going on, and what is about to be removed.
    public var temporary: UInt64 = 0

    /// Everything together.
    public var total: UInt64 { layers.values.reduce(0, +) + blobs + records + temporary }
}
