internal import Glibc
public import OCIModel
internal import Synchronization
internal import SystemPackage

/// Remembers digests of files by their identity, so that unchanged files are never read again.
///
/// The file on disk is a hash table that is mapped, not read: opening costs the same however many files it knows, and
/// a lookup touches one page. What is learnt is kept in memory until `save` merges it into a new table, which replaces
/// the old one by rename. Every record carries a check value, so a damaged table answers less, never wrongly.
///
/// Threads may share it.
public final class StatCache: Sendable {
    private struct State {
        var table: StatCacheTable?
        var learnt: [FileIdentity: KnownFile] = [:]
    }

    private let path: FilePath
    private let lockPath: FilePath
    private let state: Mutex<State>

    init(path: FilePath, lockPath: FilePath) {
        self.path = path
        self.lockPath = lockPath
        state = Mutex(State(table: StatCacheTable(path)))
    }

    /// What is known about a file with this identity: the digest that was inserted for it.
    public func lookup(_ identity: FileIdentity) -> BlobDigest? { record(of: identity)?.content }

    /// Everything that is known about a file with this identity.
    public func record(of identity: FileIdentity) -> KnownFile? {
        state.withLock { $0.learnt[identity] ?? $0.table?.lookup(identity) }
    }

    /// What is known now, for threads that ask at the same time without waiting for each other.
    public func reader() -> @Sendable (FileIdentity) -> KnownFile? {
        let (learnt, table) = state.withLock { ($0.learnt, $0.table) }
        return { identity in
            if !learnt.isEmpty, let known = learnt[identity] { return known }
            return table?.lookup(identity)
        }
    }

    /// Remembers a file's digest.
    ///
    /// A file that changed just before it was looked at is not remembered: another change within the same tick of the
    /// kernel's clock would leave the same times behind.
    ///
    /// - Parameters:
    ///   - identity: Taken before the content was read, and found the same after.
    ///   - digest: What the content hashed to, or another token for it.
    ///   - isPlain: Whether the file is known to have no extended attribute that belongs into an image.
    ///   - observed: When the identity was taken, in nanoseconds since 1970.
    public func insert(_ identity: FileIdentity, _ digest: BlobDigest, isPlain: Bool = false, observed: Int64) {
        guard Self.isSettled(identity, observed: observed) else { return }
        let known = KnownFile(content: digest, isPlain: isPlain)
        state.withLock { $0.learnt[identity] = known }
    }

    /// Whether a change after `observed` would show in the times.
    public static func isSettled(_ identity: FileIdentity, observed: Int64) -> Bool {
        observed - identity.changed > clockTick && observed - identity.modified > clockTick
    }

    /// Writes what was learnt, together with what other processes have written since.
    public func save() throws {
        try state.withLock { state in
            guard !state.learnt.isEmpty else { return }
            let lock = try StoreFiles.require(lockPath, O_RDWR | O_CREAT, mode: 0o600)
            guard lock.lock(LOCK_EX) else { throw StoreFiles.failure("lock", lockPath) }
            let bytes = StatCacheTable.merging(StatCacheTable(path), with: state.learnt)
            try StoreFiles.write(bytes, to: path, durable: false)
            state = State(table: StatCacheTable(path))
        }
    }

    /// The present time in the form that `insert` takes.
    public static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Kernels before 6.13 stamp files with the time of the last timer tick, at most 10 ms old (CONFIG_HZ=100).
    private static let clockTick: Int64 = 20_000_000
}

extension ImageStore {
    /// Opens the memory of file digests.
    public func statCache() -> StatCache {
        StatCache(path: layout.statCache, lockPath: root.appending("stat-cache.lock"))
    }
}
