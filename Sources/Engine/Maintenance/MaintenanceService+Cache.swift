internal import ContainerRuntime
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Which part of the build cache goes.
extension MaintenanceService {
    /// What goes of the build cache where not all of it does; nil where all of it does.
    func chosenCache(_ request: PruneRequest) throws -> (keys: Set<BlobDigest>, mounts: Set<String>)? {
        let choosesEntries = request.filters.contains {
            switch $0 {
            case .cacheID, .cacheKind: true
            default: false
            }
        }
        guard request.cacheLimit != nil || choosesEntries else { return nil }
        let eviction = try cacheEviction()
        let free = try UInt64(max(0, DiskSpace.free(at: store.root.string)))
        let kept = request.cacheLimit?.kept(total: eviction.total, free: free) ?? 0
        let chosen = eviction.choice(keeping: kept) { entry in request.filters.allSatisfy { $0.accepts(entry) } }
        let mounts = chosen.filter { $0.kind == CacheEviction.Entry.mount }.map(\.id)
        let keys = chosen.filter { $0.kind == CacheEviction.Entry.step }.compactMap { try? BlobDigest(hex: $0.id) }
        return (Set(keys), Set(mounts))
    }

    /// Everything that the cache keeps, with the layers that no image and no container needs.
    private func cacheEviction() throws -> CacheEviction {
        let usage = try store.usage(without: ["containers", "volumes"])
        var needed = try images.storeUse().layers
        for image in try store.images() {
            needed.formUnion((try? store.config(image.id))?.rootfs.diffIDs ?? [])
        }
        let sizes = usage.layers.filter { !needed.contains($0.key) }
        let steps = try store.buildRecords().map { key, record, lastUsed in
            CacheEviction.Entry(
                id: key.hex,
                kind: CacheEviction.Entry.step,
                lastUsed: lastUsed,
                created: record.created,
                layers: Set(record.layers.filter { sizes[$0] != nil })
            )
        }
        let mounts = try store.cacheMountList().map { name, changed in
            CacheEviction.Entry(
                id: name,
                kind: CacheEviction.Entry.mount,
                lastUsed: changed,
                created: changed,
                bytes: usage.cacheMounts[name] ?? 0
            )
        }
        return CacheEviction(entries: steps + mounts, sizes: sizes)
    }
}
