public import OCIModel
internal import Storage

/// What the store holds and takes on the disk.
public struct StoreSummary: Equatable, Sendable {
    /// How many images there are, and how many of them containers use.
    public var images = (total: 0, active: 0)
    /// Bytes of the layers of images, and of those that no container uses.
    public var imageBytes = (total: UInt64(0), reclaimable: UInt64(0))
    /// Layers that only the build cache needs.
    public var cacheLayers = 0
    /// Bytes of those layers, and of all records.
    public var cacheBytes: UInt64 = 0
    /// Bytes of everything together.
    public var totalBytes: UInt64 = 0

    /// Compares field by field.
    public static func == (left: StoreSummary, right: StoreSummary) -> Bool {
        left.images == right.images && left.imageBytes == right.imageBytes && left.cacheLayers == right.cacheLayers
            && left.cacheBytes == right.cacheBytes && left.totalBytes == right.totalBytes
    }
}

/// What a check of the store has found.
public struct StoreCheck: Sendable {
    /// What is not as the store says, one line each.
    public let problems: [String]
    /// What ended work has left behind; harmless.
    public let leftovers: [String]
    /// How many layers were read.
    public let layers: Int
    /// How many documents were read.
    public let documents: Int
}

/// What a removal of unneeded things has removed.
public struct PruneOutcome: Equatable, Sendable {
    /// Names that were taken away.
    public let untagged: [String]
    /// Images and layers that were removed.
    public let deleted: [BlobDigest]
    /// Build cache records that were removed.
    public let cacheRecords: Int
    /// Bytes that became free.
    public let reclaimedBytes: UInt64
}

extension ImageService {
    /// Adds up what the store holds.
    public func summary() throws -> StoreSummary {
        let usage = try store.usage()
        let uses = try containerUses()
        let kept = uses.reduce(into: Set<BlobDigest>()) { $0.formUnion($1.layers) }
        let active = Set(uses.compactMap(\.imageID))
        var summary = StoreSummary()
        var layers: Set<BlobDigest> = []
        var needed = kept
        for image in try store.images() {
            let diffIDs = try store.config(image.id).rootfs.diffIDs
            layers.formUnion(diffIDs)
            summary.images.total += 1
            guard active.contains(image.id) else { continue }
            summary.images.active += 1
            needed.formUnion(diffIDs)
        }
        for (diffID, bytes) in usage.layers {
            if layers.contains(diffID) || needed.contains(diffID) {
                summary.imageBytes.total += bytes
                if !needed.contains(diffID) { summary.imageBytes.reclaimable += bytes }
            } else {
                summary.cacheLayers += 1
                summary.cacheBytes += bytes
            }
        }
        summary.cacheBytes += usage.records
        summary.totalBytes = usage.total
        return summary
    }

    /// Reads everything in the store and compares it with its digests; nothing is changed.
    public func check(contents: Bool = true) throws -> StoreCheck {
        let report = try store.check(contents: contents)
        return StoreCheck(
            problems: report.problems.map(\.description),
            leftovers: report.leftovers,
            layers: report.checkedLayers,
            documents: report.checkedBlobs
        )
    }

    /// Removes what nothing needs.
    ///
    /// - Parameters:
    ///   - images: Whether images without a name go.
    ///   - unused: Whether all images go that no container uses, named or not.
    ///   - cache: Whether the build cache goes.
    /// - Returns: What was removed.
    /// - Throws: Errors of the store.
    public func prune(images: Bool, unused: Bool, cache: Bool) throws -> PruneOutcome {
        AbandonedWork.remove()
        let uses = try containerUses()
        var collection = GarbageCollection()
        collection.removesUnnamedImages = images
        collection.removesUnusedImages = unused
        collection.removesBuildCache = cache
        collection.keptLayers = uses.reduce(into: []) { $0.formUnion($1.layers) }
        collection.keptImages = Set(uses.compactMap(\.imageID))
        let outcome = try store.collectGarbage(collection)
        let freed = cache ? try store.removeUnusedCacheMounts() : 0
        return PruneOutcome(
            untagged: outcome.removedReferences.map(\.familiar),
            deleted: outcome.removedImages + outcome.removedLayers,
            cacheRecords: outcome.removedCacheRecords,
            reclaimedBytes: outcome.reclaimedBytes + freed
        )
    }
}
