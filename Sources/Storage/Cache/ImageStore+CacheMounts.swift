internal import Glibc
internal import LayerArchive
public import SystemPackage

/// The directories of `RUN --mount=type=cache`, which outlive builds.
extension ImageStore {
    /// Where they lie; made by the first step that needs one.
    ///
    /// Who uses one holds a shared lock on the directory itself.
    public var cacheMounts: FilePath { layout.cacheMounts }

    /// All of them, with the times of their last change, in seconds since 1970.
    public func cacheMountList() throws -> [(name: String, changed: Int64)] {
        guard StoreFiles.exists(cacheMounts) else { return [] }
        return try StoreFiles.names(in: cacheMounts).compactMap { name in
            var status = stat()
            guard !name.hasSuffix(".lock"),
                cacheMounts.appending(name).withPlatformString({ lstat($0, &status) }) == 0
            else { return nil }
            return (name, Int64(status.st_mtim.tv_sec))
        }
    }

    /// Removes those that no step uses now, or of them those that have not changed since a time, in seconds since 1970, or
    /// those with some names.
    ///
    /// - Returns: Their names, and the bytes that became free.
    /// - Throws: ``StorageError`` and errors of the disk.
    public func removeUnusedCacheMounts(
        unchangedSince time: Int64? = nil,
        only chosen: Set<String>? = nil
    ) throws -> (names: [String], bytes: UInt64) {
        guard StoreFiles.exists(cacheMounts) else { return ([], 0) }
        var removed: [String] = []
        var freed: UInt64 = 0
        for name in try StoreFiles.names(in: cacheMounts) where !name.hasSuffix(".lock") {
            if let chosen, !chosen.contains(name) { continue }
            let path = cacheMounts.appending(name)
            let file = path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
            guard file >= 0 else { continue }
            defer { close(file) }
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else { continue }
            var status = stat()
            if let time, fstat(file, &status) != 0 || Int64(status.st_mtim.tv_sec) >= time { continue }
            let size = try DiskUsage.ofTree(path)
            // Out of the way first: a step that opens it now finds, once it has its lock, that the name is gone.
            try discard(path)
            freed += size
            removed.append(name)
        }
        return (removed, freed)
    }
}
