internal import Glibc
internal import LayerArchive
internal import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Adds up what the store takes on the disk, less the directories in the root that belong to others.
    ///
    /// - Parameter others: Names in the root that do not count, such as `containers`.
    /// - Returns: Bytes of allocated blocks, kind by kind.
    /// - Throws: ``StorageError`` and ``ArchiveError`` when a directory cannot be read.
    /// - Complexity: One look at every file of every layer.
    public func usage(without others: Set<String> = []) throws -> StoreUsage {
        var usage = StoreUsage()
        var counter = DiskUsage()
        for name in try StoreFiles.names(in: layout.layers) {
            let size = try counter.add(layout.layers.appending(name))
            if let diffID = try? BlobDigest(hex: name) { usage.layers[diffID] = size } else { usage.temporary += size }
        }
        for name in try StoreFiles.names(in: layout.cacheMounts) {
            usage.cacheMounts[name] = try counter.add(layout.cacheMounts.appending(name))
        }
        usage.blobs = try counter.add(layout.blobs)
        for directory in [layout.downloads, layout.models] {
            for name in try StoreFiles.names(in: directory) {
                usage.downloads[name] = try counter.add(directory.appending(name))
            }
            usage.temporary += Self.ownBytes(directory)
        }
        for path in [layout.workspaces, layout.trash] { usage.temporary += try counter.add(path) }
        let counted: Set = ["layers", "cache-mounts", "blobs", "workspaces", "downloads", "models", "trash"]
        for name in try StoreFiles.names(in: root) where !counted.contains(name) && !others.contains(name) {
            usage.records += try counter.add(root.appending(name))
        }
        for path in [root, root.appending("blobs"), layout.layers, layout.cacheMounts] {
            usage.records += Self.ownBytes(path)
        }
        return usage
    }

    /// The blocks of a directory itself.
    private static func ownBytes(_ path: FilePath) -> UInt64 {
        var status = stat()
        return path.withPlatformString { lstat($0, &status) } == 0 ? UInt64(status.st_blocks) * 512 : 0
    }
}
