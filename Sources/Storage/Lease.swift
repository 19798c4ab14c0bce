internal import Glibc
internal import OCIModel
internal import Synchronization
internal import SystemPackage

/// What a living process needs though no reference says so yet.
///
/// A locked file with one line per pinned object. When the process ends, however it ends, the lock is gone, and the
/// next garbage collection removes the file.
struct Lease: Sendable {
    private let file: StoreFile
    private let path: FilePath
    private var pinned: Set<String> = []

    /// Makes a lease; the caller holds the store's lock shared, so no collection sees the file without its lock.
    init(in directory: FilePath) throws(StorageError) {
        path = directory.appending(StoreFiles.uniqueSuffix())
        file = try StoreFiles.require(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, mode: 0o600)
        guard file.lock(LOCK_EX | LOCK_NB) else { throw StoreFiles.failure("lock", path) }
    }

    /// Keeps objects from garbage collection.
    mutating func pin(_ digests: [BlobDigest]) throws(StorageError) {
        let new = digests.map(\.hex).filter { !pinned.contains($0) }
        guard !new.isEmpty else { return }
        try StoreFiles.writeAll(Array(new.map { "\($0)\n" }.joined().utf8), to: file, path: path)
        pinned.formUnion(new)
    }

    /// What the living leases pin; the files of dead ones are removed.
    ///
    /// The caller holds the store's lock exclusively.
    static func collect(in directory: FilePath) throws(StorageError) -> Set<BlobDigest> {
        var digests: Set<BlobDigest> = []
        for name in try StoreFiles.names(in: directory) {
            let path = directory.appending(name)
            guard let file = try StoreFiles.open(path, O_RDONLY) else { continue }
            if file.lock(LOCK_EX | LOCK_NB) {
                try StoreFiles.remove(path)
                continue
            }
            let text = String(decoding: try StoreFiles.read(path) ?? [], as: UTF8.self)
            for line in text.split(separator: "\n") {
                // A line that was cut off by a crash belongs to no living process's work.
                if let digest = try? BlobDigest(hex: String(line)) { digests.insert(digest) }
            }
        }
        return digests
    }
}

extension ImageStore {
    /// Lets go of everything that this process has added and looked up, after work that has failed: what no image needs
    /// is garbage then.
    public func releaseLease() { lease.withLock { $0 = nil } }
}
