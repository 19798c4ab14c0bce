internal import Glibc
internal import LinuxKernel
public import OCIModel
internal import Synchronization
internal import SystemPackage

/// The right to make what a cache key stands for; it ends with ``release()``, or with the process.
public final class BuildKeyLock: Sendable {
    private let path: String
    private let lock: Mutex<LockHolder?>

    // `Optional` of a noncopyable value in a `Mutex` needs a box.
    private final class LockHolder: Sendable {
        let lock: FileLock

        init(_ lock: consuming FileLock) { self.lock = lock }
    }

    init(_ lock: consuming FileLock, path: String) {
        self.path = path
        self.lock = Mutex(LockHolder(lock))
    }

    deinit { release() }

    /// Lets the next one have it.
    public func release() {
        lock.withLock { holder in
            guard holder != nil else { return }
            // Removed while it is held, so that no one can hold a lock on it that the next one does not see.
            unlink(path)
            holder = nil
        }
    }
}

extension ImageStore {
    /// Takes the lock of a cache key, unless somebody else has it: in another process or in this one.
    public func tryLockBuildKey(_ key: BlobDigest) throws -> BuildKeyLock? {
        try StoreFiles.makeDirectory(layout.buildLocks)
        let path = layout.buildLocks.appending(key.hex).string
        guard let lock = try FileLock.tryAcquire(path, .exclusive) else { return nil }
        return BuildKeyLock(lock, path: path)
    }

    /// Takes the lock of a cache key, and waits for it while somebody else has it.
    func lockBuildKey(_ key: BlobDigest) throws -> BuildKeyLock {
        try StoreFiles.makeDirectory(layout.buildLocks)
        let path = layout.buildLocks.appending(key.hex).string
        return BuildKeyLock(try FileLock.acquire(path, .exclusive), path: path)
    }

    /// Removes the files of locks whose holders were killed.
    func removeAbandonedBuildLocks() throws {
        for name in try StoreFiles.names(in: layout.buildLocks) {
            guard let key = try? BlobDigest(hex: name), let lock = try tryLockBuildKey(key) else { continue }
            lock.release()
        }
    }
}
