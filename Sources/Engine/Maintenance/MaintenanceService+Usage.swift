internal import ContainerRuntime
internal import LayerArchive
internal import OCIModel
internal import Storage
internal import SystemPackage

extension MaintenanceService {
    /// Adds up what the store holds, kind by kind; everything in its directory is in one of the kinds.
    ///
    /// - Complexity: One look at every file.
    public func diskReport() throws -> DiskReport {
        let usage = try store.usage(without: ["containers", "volumes"])
        let uses = try images.containerUses()
        var report = DiskReport()
        var owners: [BlobDigest: Set<BlobDigest>] = [:]
        for image in try store.images() {
            for diffID in (try? store.config(image.id))?.rootfs.diffIDs ?? [] {
                owners[diffID, default: []].insert(image.id)
            }
        }
        try addImages(usage, uses, owners, to: &report)
        try addContainers(to: &report)
        try addVolumes(to: &report)
        try addCache(usage, uses, owners, to: &report)
        return report
    }

    private func addImages(
        _ usage: StoreUsage,
        _ uses: [ContainerUse],
        _ owners: [BlobDigest: Set<BlobDigest>],
        to report: inout DiskReport
    ) throws {
        let active = Set(uses.compactMap(\.imageID))
        let needed = uses.reduce(into: Set<BlobDigest>()) { $0.formUnion($1.layers) }
        report.images.bytes = usage.blobs
        for (diffID, bytes) in usage.layers where owners[diffID] != nil || needed.contains(diffID) {
            report.images.bytes += bytes
            let isNeeded = needed.contains(diffID) || !active.isDisjoint(with: owners[diffID] ?? [])
            if !isNeeded { report.images.reclaimable += bytes }
        }
        for summary in try images.list() {
            let diffIDs = Set((try? store.config(summary.id))?.rootfs.diffIDs ?? [])
            let shared = diffIDs.filter { owners[$0, default: []].count > 1 }
            func bytes(_ layers: Set<BlobDigest>) -> UInt64 { layers.reduce(0) { $0 + (usage.layers[$1] ?? 0) } }
            report.imageList.append(
                DiskReport.Image(summary: summary, shared: bytes(shared), unique: bytes(diffIDs.subtracting(shared)))
            )
        }
        let ids = Set(try store.images().map(\.id))
        report.images.total = ids.count
        report.images.active = ids.intersection(active).count
    }

    private func addContainers(to report: inout DiskReport) throws {
        let root = FilePath(containers.containers.path)
        var counter = DiskUsage()
        report.containers.bytes = try counter.add(root)
        for summary in try containers.list(all: true) {
            let bytes = try DiskUsage.ofTree(root.appending(summary.id))
            report.containers.total += 1
            if ["running", "paused", "restarting"].contains(summary.state) {
                report.containers.active += 1
            } else {
                report.containers.reclaimable += bytes
            }
            report.containerList.append(DiskReport.Container(summary: summary, bytes: bytes))
        }
    }

    private func addVolumes(to report: inout DiskReport) throws {
        let root = FilePath(containers.volumes.path)
        report.volumes.bytes = try DiskUsage.ofTree(root)
        let users = try volumeUsers()
        for name in try containers.volumes.names() {
            let bytes = try DiskUsage.ofTree(root.appending(name))
            let links = users[name]?.count ?? 0
            report.volumes.total += 1
            if links > 0 { report.volumes.active += 1 } else { report.volumes.reclaimable += bytes }
            report.volumeList.append(DiskReport.Volume(name: name, links: links, bytes: bytes))
        }
    }

    /// The containers that use each volume.
    func volumeUsers() throws -> [String: Set<String>] {
        var users: [String: Set<String>] = [:]
        for directory in try containers.containers.all() {
            // One that is removed while we look uses nothing.
            guard let record = try? directory.record() else { continue }
            let mounted = record.mounts.filter { $0.type == "volume" }.compactMap(\.name)
            for name in mounted + record.anonymousVolumes { users[name, default: []].insert(record.name) }
        }
        return users
    }

    private func addCache(
        _ usage: StoreUsage,
        _ uses: [ContainerUse],
        _ owners: [BlobDigest: Set<BlobDigest>],
        to report: inout DiskReport
    ) throws {
        let needed = uses.reduce(into: Set<BlobDigest>()) { $0.formUnion($1.layers) }
        let own = usage.layers.filter { owners[$0.key] == nil && !needed.contains($0.key) }
        let mounts = usage.cacheMounts.values.reduce(0, +)
        let layers = own.values.reduce(0, +)
        let parts = usage.downloads.values.reduce(0, +)
        report.cache.bytes = layers + mounts + parts + usage.records + usage.temporary
        report.cache.reclaimable = layers + mounts + parts + usage.temporary
        for (key, record, lastUsed) in try store.buildRecords() {
            report.cacheList.append(
                DiskReport.CacheEntry(
                    id: key.hex,
                    kind: "regular",
                    bytes: Set(record.layers).reduce(0) { $0 + (own[$1] ?? 0) },
                    created: record.created,
                    lastUsed: lastUsed,
                    isShared: record.layers.allSatisfy { own[$0] == nil }
                )
            )
        }
        for (name, bytes) in usage.cacheMounts.sorted(by: { $0.key < $1.key }) where !name.contains(".") {
            report.cacheList.append(
                DiskReport.CacheEntry(
                    id: name,
                    kind: "exec.cachemount",
                    bytes: bytes,
                    created: nil,
                    lastUsed: nil,
                    isShared: false
                )
            )
        }
        // `system prune` keeps for a week what a transfer can go on with; with `-a` it goes at once.
        for (name, bytes) in usage.downloads.sorted(by: { $0.key < $1.key }) where !name.hasSuffix(".lock") {
            report.cacheList.append(
                DiskReport.CacheEntry(
                    id: name,
                    kind: "download",
                    bytes: bytes,
                    created: nil,
                    lastUsed: nil,
                    isShared: false
                )
            )
        }
        report.cache.total = report.cacheList.count
        report.cache.active = report.cacheList.count { $0.isShared }
    }
}
