internal import OCIModel
internal import Storage
internal import Synchronization

/// The caches besides the store's: where steps are looked up, and what will be written to others.
///
/// Threads may share it.
final class BuildCaches: Sendable {
    private let store: ImageStore
    private let sources: [CacheSource]
    private let notes = Mutex<[BlobDigest: BuildCacheRecord]>([:])
    private let keepsNotes: Bool
    private let warn: @Sendable (String) -> Void

    /// Whether a step that the store does not know may be known elsewhere.
    var hasSources: Bool { !sources.isEmpty }

    init(
        store: ImageStore,
        sources: [CacheSource],
        keepsNotes: Bool,
        warn: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        self.sources = sources
        self.keepsNotes = keepsNotes
        self.warn = warn
    }

    /// What this build has used or made so far.
    var records: [BlobDigest: BuildCacheRecord] { notes.withLock { $0 } }

    /// Takes note of what a step has used or made.
    func note(_ key: BlobDigest, _ record: BuildCacheRecord) {
        if keepsNotes { notes.withLock { $0[key] = record } }
    }

    /// Brings what a step needs from the first cache that has it into the store.
    ///
    /// Layers are fetched only now that a step wants them. A cache that turns out damaged is no reason to fail: the step
    /// is carried out instead.
    func bring(_ key: BlobDigest) -> BuildCacheRecord? {
        for source in sources {
            guard let record = source.records[key] else { continue }
            do {
                for diffID in record.layers where try store.layer(diffID) == nil { try source.fetch(diffID) }
                try store.storeBuildRecord(record, for: key)
                return record
            } catch {
                warn("cannot use the cache `\(source.name)` for a step: \(error)")
            }
        }
        return nil
    }
}

/// A cache that was opened: its records, and the way to its layers.
struct CacheSource: Sendable {
    /// A layer that can be had.
    struct Layer: LayerIdentity {
        var diffID: BlobDigest
        /// The bytes of its tar stream, or of its blob where nobody has written down more.
        var tarSize: UInt64
        /// The bytes to fetch.
        var blobSize: Int64
    }

    let name: String
    let records: [BlobDigest: BuildCacheRecord]
    /// Its layers.
    let layers: [BlobDigest: Layer]
    /// The repository that it is in; nil for a directory.
    var repository: ImageReference?
    /// Brings a layer into the store, checked against its digests.
    let fetch: @Sendable (BlobDigest) throws -> Void
}
