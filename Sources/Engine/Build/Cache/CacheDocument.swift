internal import OCIModel
internal import Storage

/// The configuration of a cache that is kept as an OCI artifact: what the steps are remembered under.
///
/// The artifact's manifest has this as its configuration and the layers of all records as its layers, in the order of
/// ``diffIDs``. A record's layers are numbers into that list.
struct CacheDocument: Codable, Equatable {
    /// The media type of the document.
    static let mediaType = "application/vnd.llmbox.buildcache.v1+json"
    /// The annotation of an image's manifest that holds records of the image's own layers.
    static let annotation = "io.llmbox.buildcache.v1"
    /// The largest document that is read.
    static let sizeLimit = 32 << 20

    /// What one step made.
    struct Record: Codable, Equatable {
        var key: BlobDigest
        var layers: [Int]
        var payload: String
        var created: Int64
    }

    var version = 1
    /// The layers, by the digests of their uncompressed streams.
    var diffIDs: [BlobDigest]
    /// The bytes of those streams; nil where nobody has written them down.
    var sizes: [UInt64]?
    var records: [Record]

    /// Keeps the records whose layers are all among `diffIDs`.
    init(
        _ records: [BlobDigest: BuildCacheRecord],
        diffIDs: [BlobDigest],
        sizes: [UInt64]? = nil,
        epoch: Int64? = nil
    ) {
        self.diffIDs = diffIDs
        self.sizes = sizes
        let places = Dictionary(zip(diffIDs, diffIDs.indices)) { first, _ in first }
        self.records = records.sorted { $0.key < $1.key }.compactMap { key, record in
            let layers = record.layers.compactMap { places[$0] }
            guard !layers.isEmpty, layers.count == record.layers.count else { return nil }
            return Record(key: key, layers: layers, payload: record.payload, created: epoch ?? record.created)
        }
    }

    /// The records by their keys; one that names no layer of the list is left out.
    var byKey: [BlobDigest: BuildCacheRecord] {
        var result: [BlobDigest: BuildCacheRecord] = [:]
        for record in records where record.layers.allSatisfy(diffIDs.indices.contains) {
            let layers = record.layers.map { diffIDs[$0] }
            result[record.key] = BuildCacheRecord(layers: layers, payload: record.payload, created: record.created)
        }
        return result
    }
}
