public import OCIModel

/// What a garbage collection may take and must keep.
public struct GarbageCollection: Sendable {
    /// Layers that containers use.
    public var keptLayers: Set<BlobDigest> = []
    /// Whether images without a name go.
    public var removesUnnamedImages = false
    /// Whether all images go that no container uses, named or not.
    public var removesUnusedImages = false
    /// Images that containers use, by ID.
    public var keptImages: Set<BlobDigest> = []
    /// Whether build cache records go, and with them the layers that only they need.
    public var removesBuildCache = false

    /// Makes the gentlest collection: only what nothing needs.
    public init() {}

    /// What a collection has removed.
    public struct Outcome: Sendable, Equatable {
        /// Names that were taken away.
        public var removedReferences: [ImageReference] = []
        /// Images that were forgotten, by ID.
        public var removedImages: [BlobDigest] = []
        /// Layers that were removed.
        public var removedLayers: [BlobDigest] = []
        /// Documents that were removed.
        public var removedBlobs: [BlobDigest] = []
        /// Build cache records that were removed.
        public var removedCacheRecords = 0
        /// Bytes that the removed things took on the disk.
        public var reclaimedBytes: UInt64 = 0
    }
}
