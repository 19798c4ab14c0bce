internal import Glibc
internal import LayerArchive
public import SystemPackage

/// The directories of `RUN --mount=type=cache`, which outlive builds.
extension ImageStore {
    /// Where they lie; made by the first step that needs one.
    ///
    /// Who uses one holds a shared lock on the directory itself.
    public var cacheMounts: FilePath { layout.cacheMounts }

    /// Removes those that no step uses now.
    ///
    /// - Returns: The bytes that became free.
    /// - Throws: ``StorageError`` and errors of the disk.
    public func removeUnusedCacheMounts() throws -> UInt64 {
        guard StoreFiles.exists(cacheMounts) else { return 0 }
        var freed: UInt64 = 0
        for name in try StoreFiles.names(in: cacheMounts) where !name.hasSuffix(".lock") {
            let path = cacheMounts.appending(name)
            let file = path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
            guard file >= 0 else { continue }
            defer { close(file) }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else { continue }
            let size = try DiskUsage.ofTree(path)
            // Out of the way first: a step that opens it now finds, once it has its lock, that the name is gone.
            try discard(path)
            freed += size
        }
        return freed
    }
}
