public import OCIModel

/// What containers need of a store.
public struct StoreUse: Sendable {
    /// The layers below them.
    public var layers: Set<BlobDigest>
    /// The images that they were made from, by ID.
    public var images: Set<BlobDigest>

    /// Names layers and images.
    public init(layers: Set<BlobDigest> = [], images: Set<BlobDigest> = []) {
        self.layers = layers
        self.images = images
    }
}

/// What a garbage collection may take and must keep.
public struct GarbageCollection: Sendable {
    /// Whether images without a name go.
    public var removesUnnamedImages = false
    /// Whether all images go that no container uses, named or not.
    public var removesUnusedImages = false
    /// Which of these images go.
    public var acceptsImage: @Sendable (ImageConfig) -> Bool = { _ in true }
    /// Whether build cache records go, and with them the layers that only they need.
    public var removesBuildCache = false
    /// Only records that were last used before this time go, in seconds since 1970.
    public var cacheUnusedSince: Int64?
    /// Only the records with these keys go; nil for all.
    public var cacheKeys: Set<BlobDigest>?

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
