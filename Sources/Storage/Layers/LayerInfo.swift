internal import LayerArchive
internal import OCIModel
internal import SystemPackage

/// What `info.json` says about a layer: written last, so a layer with it is whole.
struct LayerInfo: Codable, Equatable {
    var version = 1
    var diffID: BlobDigest
    var tarSize: UInt64
    /// Bytes of its files; layers of older stores do not say.
    var contentSize: UInt64?
    /// The boot in which the layer was written.
    var bootID: String
    /// Whether the layer's data is known to have reached the disk.
    var synced: Bool
    /// What samples of the contents said when the layer was made here.
    var compressibility: Compressibility?

    static func read(_ directory: FilePath) throws -> LayerInfo? {
        guard let bytes = try StoreFiles.read(directory.appending("info.json")) else { return nil }
        do {
            return try CanonicalJSON.decode(LayerInfo.self, from: bytes)
        } catch {
            throw StorageError.damagedDocument(path: directory.appending("info.json").string, reason: "\(error)")
        }
    }

    func write(_ directory: FilePath) throws {
        try StoreFiles.write(try CanonicalJSON.encode(self), to: directory.appending("info.json"))
    }
}
