internal import ContainerRuntime
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

extension MaintenanceService {
    /// Removes what nothing needs, in the order in which things need each other: containers first.
    ///
    /// What a running build, pull or container uses stays, whatever was asked.
    ///
    /// - Parameters:
    ///   - request: What may go.
    ///   - removed: Is told what has gone before the disk has its room back: who is interrupted then knows as much.
    /// - Returns: What was removed, and the bytes that became free.
    /// - Throws: Errors of the store and of containers, and what `removed` throws.
    public func prune(
        _ request: PruneRequest,
        removed: (PruneOutcome) throws -> Void = { _ in }
    ) throws -> PruneOutcome {
        AbandonedWork.remove()
        var outcome = PruneOutcome()
        if request.containers { try pruneContainers(request, &outcome) }
        if request.networks { outcome.networks = try containers.pruneNetworks(request) }
        if request.volumes != .none { try pruneVolumes(request, &outcome) }
        var collection = GarbageCollection()
        if request.cache {
            let chosen = try chosenCache(request)
            let removed = try store.removeUnusedCacheMounts(unchangedSince: request.until, only: chosen?.mounts)
            collection.cacheKeys = chosen?.keys
            outcome.cacheMounts = removed.names
            outcome.reclaimedBytes += removed.bytes
        }
        collection.removesUnnamedImages = request.images != .none
        collection.removesUnusedImages = request.images == .unused
        collection.acceptsImage = { config in
            let created = config.created.flatMap { Timestamp($0)?.seconds }
            return request.accepts(created: created, labels: config.config?.labels ?? [:])
        }
        collection.removesBuildCache = request.cache
        collection.cacheUnusedSince = request.until
        let collected = try store.collectGarbage(
            collection,
            use: { try images.storeUse() },
            removed: { collected in
                outcome.untagged = collected.removedReferences.map(\.familiar)
                outcome.deleted = collected.removedImages
                // Without an image that goes, it is the build cache's.
                if request.images == .none {
                    outcome.cacheLayers = collected.removedLayers
                } else {
                    outcome.deleted += collected.removedLayers
                }
                outcome.cacheRecords = collected.removedCacheRecords
                try removed(outcome)
            }
        )
        outcome.reclaimedBytes += collected.reclaimedBytes
        return outcome
    }

    private func pruneContainers(_ request: PruneRequest, _ outcome: inout PruneOutcome) throws {
        for directory in try containers.containers.leftovers() {
            // Made by somebody who was killed; one that is being made now has no record yet either, but a young directory.
            guard Self.age(directory.path) > 60 else { continue }
            outcome.reclaimedBytes += try DiskUsage.ofTree(FilePath(directory.path))
            try TreeRemoval.remove(FilePath(directory.path))
        }
        for directory in try containers.containers.all() {
            // One that is removed while we look is somebody else's to report.
            guard let record = try? directory.record(), let state = try? directory.state() else { continue }
            guard !state.isRunning, state.status != .restarting,
                request.accepts(created: record.created.seconds, labels: record.labels)
            else { continue }
            // Made a moment ago by a `run` that is about to start it.
            if state.status == .created, state.maker?.isAlive == true { continue }
            let bytes = try DiskUsage.ofTree(FilePath(directory.path))
            do {
                try containers.remove(record.id, force: false, volumes: false)
            } catch ContainerError.alreadySupervised, ContainerError.notFound {
                continue  // it has been started or removed meanwhile
            } catch RunError.stillRunning {
                continue
            } catch  where access(directory.recordPath, F_OK) != 0 {
                continue  // it has removed itself
            }
            outcome.containers.append(record.id)
            outcome.reclaimedBytes += bytes
        }
    }

    private func pruneVolumes(_ request: PruneRequest, _ outcome: inout PruneOutcome) throws {
        try containers.volumes.holdingStill {
            let users = try volumeUsers()
            for name in try containers.volumes.names() where users[name] == nil {
                let record = try containers.volumes.record(name)
                guard request.volumes == .unused || record.isAnonymous else { continue }
                let created = Timestamp(record.createdAt)?.seconds
                guard request.accepts(created: created, labels: record.labels) else { continue }
                outcome.reclaimedBytes += try DiskUsage.ofTree(FilePath(containers.volumes.dataPath(name)))
                try containers.volumes.remove(name)
                outcome.volumes.append(name)
            }
        }
    }

    /// Seconds since something changed in a directory.
    private static func age(_ path: String) -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(time(nil)) - Int64(status.st_mtim.tv_sec) : 0
    }
}
