internal import Glibc
internal import LayerArchive
internal import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Removes what nothing needs: no name, no image, no build cache record, no container, no living process.
    ///
    /// Others may use the store meanwhile: they wait only for the moment in which the garbage is found and renamed away.
    ///
    /// - Parameters:
    ///   - request: What goes.
    ///   - use: Tells what containers need. It is asked under the lock and after the leases were looked at: who makes a
    ///     container has a lease until the container's record is written.
    ///   - removed: Is told what has gone, before the disk gets its room back, which may take long.
    /// - Returns: What was removed.
    /// - Throws: Errors of the store, and what `use` and `removed` throw.
    public func collectGarbage(
        _ request: GarbageCollection = GarbageCollection(),
        use: () throws -> StoreUse = { StoreUse() },
        removed: (GarbageCollection.Outcome) throws -> Void = { _ in }
    ) throws -> GarbageCollection.Outcome {
        var outcome = GarbageCollection.Outcome()
        if request.removesBuildCache {
            outcome.removedCacheRecords = try removeBuildRecords(
                unusedSince: request.cacheUnusedSince,
                only: request.cacheKeys
            )
        }
        try exclusiveLock {
            let leased = try Lease.collect(in: layout.leases)
            let used = try use()
            // Under the lock, and leases before names: an image that is about to get its name is not an unnamed one.
            try removeImages(request, leased: leased, used: used.images, &outcome)
            var keep = try reachable().union(leased)
            keep.formUnion(used.layers)
            for diffID in try digests(in: layout.layers) where !keep.contains(diffID) {
                try moveToTrash(layout.layer(diffID))
                outcome.removedLayers.append(diffID)
            }
            for digest in try digests(in: layout.blobs) where !keep.contains(digest) {
                try moveToTrash(layout.blob(digest))
                outcome.removedBlobs.append(digest)
            }
            for path in try leftovers() where FilePath(path).removingLastComponent() != layout.trash {
                try moveToTrash(FilePath(path))
            }
        }
        // Who does not listen any more wants the room all the same.
        let told = Result { try removed(outcome) }
        outcome.reclaimedBytes += try removeAbandonedDownloads(all: request.removesUnusedImages)
        outcome.reclaimedBytes += try removeAbandonedModels(all: request.removesUnusedImages)
        try removeAbandonedUploads(all: request.removesUnusedImages)
        try removeAbandonedBuildLocks()
        for name in try StoreFiles.names(in: layout.trash) {
            let path = layout.trash.appending(name)
            outcome.reclaimedBytes += try DiskUsage.ofTree(path)
            try TreeRemoval.remove(path)
        }
        try told.get()
        return outcome
    }

    /// What names, images and build cache records need.
    func reachable() throws -> Set<BlobDigest> {
        var keep: Set<BlobDigest> = []
        for image in try images() {
            keep.insert(image.manifestDigest)
            keep.insert(image.id)
            // An image whose configuration is gone needs nothing any more.
            if let config = try? config(image.id) { keep.formUnion(config.rootfs.diffIDs) }
        }
        for index in Set(try references().compactMap(\.index)) {
            keep.insert(index)
            for image in (try? images(ofIndex: index)) ?? [] {
                keep.insert(image.manifestDigest)
                keep.insert(image.id)
                if let config = try? config(image.id) { keep.formUnion(config.rootfs.diffIDs) }
            }
        }
        for name in try StoreFiles.names(in: layout.cache) {
            guard let bytes = try StoreFiles.read(layout.cache.appending(name)),
                let record = try? CanonicalJSON.decode(BuildCacheRecord.self, from: bytes)
            else { continue }
            keep.formUnion(record.layers)
        }
        return keep
    }

    private func removeImages(
        _ request: GarbageCollection,
        leased: Set<BlobDigest>,
        used: Set<BlobDigest>,
        _ outcome: inout GarbageCollection.Outcome
    ) throws {
        guard request.removesUnnamedImages || request.removesUnusedImages else { return }
        let named = Set(try references().map(\.manifestDigest))
        for image in try images() where !used.contains(image.id) && !leased.contains(image.manifestDigest) {
            guard request.removesUnusedImages || !named.contains(image.manifestDigest) else { continue }
            // An image whose configuration is gone is nobody's any more, whatever was asked of it.
            if let config = try? config(image.id), !request.acceptsImage(config) { continue }
            outcome.removedReferences += try forgetImage(image)
            outcome.removedImages.append(image.id)
        }
    }

    private func digests(in directory: FilePath) throws -> [BlobDigest] {
        try StoreFiles.names(in: directory).compactMap { try? BlobDigest(hex: $0) }
    }

    private func moveToTrash(_ path: FilePath) throws {
        let target = layout.trash.appending(StoreFiles.uniqueSuffix())
        let status = path.withPlatformString { from in target.withPlatformString { rename(from, $0) } }
        guard status == 0 || errno == ENOENT else { throw StoreFiles.failure("remove", path) }
    }
}
