public import OCIModel

/// What may go from the store.
public struct PruneRequest: Sendable {
    /// A choice among images.
    public enum Images: Sendable {
        /// None go.
        case none
        /// Those without a name go that no container uses.
        case unnamed
        /// All go that no container uses.
        case unused
    }

    /// A choice among volumes.
    public enum Volumes: Sendable {
        /// None go.
        case none
        /// Those without a name of their own go that no container uses.
        case anonymous
        /// All go that no container uses.
        case unused
    }

    /// Whether containers that do not run go.
    public var containers = false
    /// Whether networks go that no container refers to.
    public var networks = false
    /// Which images go.
    public var images = Images.none
    /// Which volumes go.
    public var volumes = Volumes.none
    /// Whether the build cache goes.
    public var cache = false
    /// How much of the build cache stays; nil for nothing.
    public var cacheLimit: CacheLimit?
    /// Conditions that all must be met.
    public var filters: [PruneFilter] = []

    /// Asks for nothing but what nothing needs anyway.
    public init() {}

    /// Whether something made at a time with some labels may go.
    func accepts(created: Int64?, labels: [String: String]) -> Bool {
        filters.allSatisfy { $0.accepts(created: created, labels: labels) }
    }

    /// The time before which things must have been made, if there is one.
    var until: Int64? {
        filters.compactMap { if case .until(let time) = $0 { time } else { nil } }.min()
    }
}

/// What a removal of unneeded things has removed.
public struct PruneOutcome: Equatable, Sendable {
    /// Containers, by ID.
    public var containers: [String] = []
    /// Networks, by name.
    public var networks: [String] = []
    /// Volumes, by name.
    public var volumes: [String] = []
    /// Names that were taken away from images.
    public var untagged: [String] = []
    /// Images and layers that were removed.
    public var deleted: [BlobDigest] = []
    /// Layers that only the build cache needed.
    public var cacheLayers: [BlobDigest] = []
    /// Build cache records that were removed.
    public var cacheRecords = 0
    /// Directories of build caches that were removed, by name.
    public var cacheMounts: [String] = []
    /// Bytes that became free.
    public var reclaimedBytes: UInt64 = 0
}
