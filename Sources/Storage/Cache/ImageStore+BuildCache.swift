internal import Glibc
public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// What was made under a cache key.
    ///
    /// - Returns: nil when nothing was, or when one of its layers is gone. The layers then stay while this process lives.
    public func buildRecord(for key: BlobDigest) throws -> BuildCacheRecord? {
        let path = layout.cacheRecord(key)
        guard let bytes = try StoreFiles.read(path),
            // A damaged record costs a step's work, nothing else.
            let record = try? CanonicalJSON.decode(BuildCacheRecord.self, from: bytes)
        else { return nil }
        for diffID in record.layers where try layer(diffID) == nil { return nil }
        // The time of last use, for whoever removes old records.
        _ = path.withPlatformString { utimensat(AT_FDCWD, $0, nil, 0) }
        return record
    }

    /// Keeps what was made under a cache key; the last one wins.
    public func storeBuildRecord(_ record: BuildCacheRecord, for key: BlobDigest) throws {
        try StoreFiles.write(try CanonicalJSON.encode(record), to: layout.cacheRecord(key), durable: false)
    }

    /// Forgets all build cache records; what only they needed is left for garbage collection.
    ///
    /// With `unusedSince`, in seconds since 1970, only records that were last used before that time go, and with `keys` only
    /// those that have them.
    ///
    /// - Returns: How many were removed.
    @discardableResult
    public func removeBuildRecords(unusedSince: Int64? = nil, only keys: Set<BlobDigest>? = nil) throws -> Int {
        var removed = 0
        for name in try StoreFiles.names(in: layout.cache) {
            if let keys, (try? BlobDigest(hex: name)).map(keys.contains) != true { continue }
            let path = layout.cache.appending(name)
            if let unusedSince {
                var status = stat()
                guard path.withPlatformString({ stat($0, &status) }) == 0, status.st_mtim.tv_sec < unusedSince else {
                    continue
                }
            }
            if try StoreFiles.remove(path) { removed += 1 }
        }
        return removed
    }

    /// All build cache records with their keys and the times of their last use, in seconds since 1970.
    public func buildRecords() throws -> [(key: BlobDigest, record: BuildCacheRecord, lastUsed: Int64)] {
        try StoreFiles.names(in: layout.cache).compactMap { name in
            let path = layout.cache.appending(name)
            var status = stat()
            guard let key = try? BlobDigest(hex: name), let bytes = try StoreFiles.read(path),
                let record = try? CanonicalJSON.decode(BuildCacheRecord.self, from: bytes),
                path.withPlatformString({ stat($0, &status) }) == 0
            else { return nil }
            return (key, record, Int64(status.st_mtim.tv_sec))
        }
    }
}
