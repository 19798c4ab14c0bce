internal import Glibc
internal import LayerArchive
public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// What has arrived of a blob is kept this long, counted from its last byte, in seconds: a week.
    static let downloadLifetime: Int64 = 7 * 24 * 3600

    /// Begins to take a layer's blob into the store, or goes on where an earlier attempt stopped.
    ///
    /// - Important: Waits while anybody else takes the same blob: look for the layer afterwards.
    /// - Parameters:
    ///   - digest: The digest of the blob, compressed or not, as the manifest names it.
    ///   - size: The blob's size.
    /// - Returns: The download, which holds the blob's lock.
    /// - Throws: ``StorageError``.
    public func beginDownload(of digest: BlobDigest, size: Int64) throws -> LayerDownload {
        try StoreFiles.makeDirectory(layout.downloads)
        return try LayerDownload(digest, size: size, store: self)
    }

    /// The bytes on the disk of what has arrived of a blob.
    public func arrivedBytes(of digest: BlobDigest) throws -> UInt64 {
        try DiskUsage.ofTree(layout.download(digest))
    }

    /// Removes what is left of downloads that nobody has gone on with for a week, or with `all` of every one.
    ///
    /// - Returns: The bytes that they took on the disk.
    @discardableResult
    public func removeAbandonedDownloads(all: Bool = false) throws -> UInt64 {
        var reclaimed: UInt64 = 0
        for name in try StoreFiles.names(in: layout.downloads) {
            let path = layout.downloads.appending(name)
            guard let digest = try? BlobDigest(hex: name) else { continue }
            guard all || Self.lastChange(of: path) < StoreFiles.now() - Self.downloadLifetime else { continue }
            // One that is going on has its lock taken.
            guard let lock = try tryLockBuildKey(LayerDownload.lockKey(digest)) else { continue }
            reclaimed += try DiskUsage.ofTree(path)
            try TreeRemoval.remove(path)
            lock.release()
        }
        return reclaimed
    }

    private static func lastChange(of directory: FilePath) -> Int64 {
        let names = (try? StoreFiles.names(in: directory)) ?? []
        let files = names.flatMap { [directory.appending($0), directory.appending($0).appending("index")] }
        return ([directory] + files).map { path in
            var status = stat()
            return path.withPlatformString { lstat($0, &status) } == 0 ? Int64(status.st_mtim.tv_sec) : 0
        }
        .max() ?? 0
    }
}
