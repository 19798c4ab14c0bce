internal import LayerArchive
internal import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Adds up what the store takes on the disk.
    ///
    /// - Complexity: One look at every file of every layer.
    public func usage() throws -> StoreUsage {
        var usage = StoreUsage()
        for name in try StoreFiles.names(in: layout.layers) {
            let size = try DiskUsage.ofTree(layout.layers.appending(name))
            if let diffID = try? BlobDigest(hex: name) { usage.layers[diffID] = size } else { usage.temporary += size }
        }
        usage.blobs = try DiskUsage.ofTree(layout.blobs)
        for path in [
            layout.images, layout.references, layout.cache, layout.distribution, layout.uploads, layout.statCache,
            layout.cacheMounts,
        ] {
            usage.records += try DiskUsage.ofTree(path)
        }
        for path in [layout.workspaces, layout.downloads, layout.trash] {
            usage.temporary += try DiskUsage.ofTree(path)
        }
        return usage
    }
}
