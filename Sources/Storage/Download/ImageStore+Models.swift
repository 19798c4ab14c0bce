internal import Glibc
internal import LayerArchive
internal import LinuxKernel
public import SystemPackage

/// Files of models that are on their way, under the digests that they will have.
extension ImageStore {
    /// Makes a place for them, which no collection clears while the lock lives.
    public func openModels() throws -> (directory: FilePath, lock: ModelLock) {
        try StoreFiles.makeDirectory(layout.models)
        let lock = try FileLock.acquire(layout.models.appending("in-use.lock").string, .shared)
        return (layout.models, ModelLock(lock))
    }

    /// Removes what nobody has gone on with for a week, or with `all` everything, unless something is under way.
    ///
    /// - Returns: The bytes that became free.
    @discardableResult
    func removeAbandonedModels(all: Bool) throws -> UInt64 {
        guard StoreFiles.exists(layout.models),
            let lock = try FileLock.tryAcquire(layout.models.appending("in-use.lock").string, .exclusive)
        else { return 0 }
        var reclaimed: UInt64 = 0
        for name in try StoreFiles.names(in: layout.models) where name != "in-use.lock" {
            let path = layout.models.appending(name)
            var status = stat()
            guard path.withPlatformString({ lstat($0, &status) }) == 0 else { continue }
            guard all || Int64(status.st_mtim.tv_sec) < StoreFiles.now() - Self.downloadLifetime else { continue }
            reclaimed += try DiskUsage.ofTree(path)
            try TreeRemoval.remove(path)
        }
        lock.release()
        return reclaimed
    }
}

/// Keeps files of models that are on their way from being collected.
public final class ModelLock: Sendable {
    private let lock: FileLock

    init(_ lock: consuming FileLock) { self.lock = lock }
}
