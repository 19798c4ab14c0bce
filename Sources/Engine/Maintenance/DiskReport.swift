/// What the store takes on the disk, and for what.
public struct DiskReport: Sendable {
    /// One kind of thing.
    public struct Row: Sendable, Equatable {
        /// How many there are.
        public var total = 0
        /// How many of them are in use.
        public var active = 0
        /// Bytes of allocated blocks.
        public var bytes: UInt64 = 0
        /// Bytes that a prune of this kind would free.
        public var reclaimable: UInt64 = 0
    }

    /// An image, with what it shares.
    public struct Image: Sendable {
        /// The image.
        public let summary: ImageSummary
        /// Bytes of layers that other images have too.
        public let shared: UInt64
        /// Bytes of layers that only this one has.
        public let unique: UInt64
    }

    /// A container, with what it wrote.
    public struct Container: Sendable {
        /// The container.
        public let summary: ContainerSummary
        /// Bytes of its directory.
        public let bytes: UInt64
    }

    /// A volume.
    public struct Volume: Sendable {
        /// Its name.
        public let name: String
        /// How many containers use it.
        public let links: Int
        /// Bytes of its content.
        public let bytes: UInt64
    }

    /// Something that builds keep.
    public struct CacheEntry: Sendable {
        /// Its key, or the name of its directory.
        public let id: String
        /// `regular` for a step, `exec.cachemount` for a directory of `RUN --mount=type=cache`.
        public let kind: String
        /// Bytes of layers that nothing else needs.
        public let bytes: UInt64
        /// When it was made, in seconds since 1970; nil when that is not known.
        public let created: Int64?
        /// When it was last used, in seconds since 1970; nil when that is not known.
        public let lastUsed: Int64?
        /// Whether images have all of its layers too.
        public let isShared: Bool
    }

    /// Images: their layers and documents.
    public var images = Row()
    /// Containers: what they wrote, and their logs and records.
    public var containers = Row()
    /// Volumes.
    public var volumes = Row()
    /// What builds keep: layers, directories of caches, records; and work that is going on.
    public var cache = Row()
    /// The images one by one, the newest first.
    public var imageList: [Image] = []
    /// The containers one by one, the newest first.
    public var containerList: [Container] = []
    /// The volumes one by one.
    public var volumeList: [Volume] = []
    /// The build cache entry by entry.
    public var cacheList: [CacheEntry] = []

    /// Bytes of everything together: what `du` says of the store's directory.
    public var totalBytes: UInt64 { images.bytes + containers.bytes + volumes.bytes + cache.bytes }
}
