public import OCIModel

/// What the store takes on the disk, in bytes of allocated blocks.
public struct StoreUsage: Sendable, Equatable {
    /// Each layer, with its index; a file that two layers share counts for one of them.
    public var layers: [BlobDigest: UInt64] = [:]
    /// All documents.
    public var blobs: UInt64 = 0
    /// Each directory of `RUN --mount=type=cache`, by its name in the store.
    public var cacheMounts: [String: UInt64] = [:]
    /// Build cache records, references, the directories themselves, and other small files.
    public var records: UInt64 = 0
    /// What has arrived of each layer that is on its way, by the blob's digest, and of models.
    public var downloads: [String: UInt64] = [:]
    /// Work that is going on, what it left behind, and what is about to be removed.
    public var temporary: UInt64 = 0

    /// Everything together.
    public var total: UInt64 {
        layers.values.reduce(0, +) + cacheMounts.values.reduce(0, +) + downloads.values.reduce(0, +) + blobs + records
            + temporary
    }
}
