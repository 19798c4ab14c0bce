public import OCIModel

/// What a check of the store has found.
public struct StoreReport: Sendable {
    /// Something that the store says and that is not so.
    public enum Problem: Hashable, Sendable, CustomStringConvertible {
        /// A layer's stream cannot be replayed as its name says.
        case layerDamaged(BlobDigest, reason: String)
        /// A document's bytes are not what its name says.
        case blobDamaged(BlobDigest)
        /// An image needs a document that is not there.
        case blobMissing(BlobDigest, image: BlobDigest)
        /// An image needs a layer that is not there.
        case layerMissing(BlobDigest, image: BlobDigest)
        /// A document cannot be understood.
        case documentDamaged(path: String, reason: String)

        /// The problem on one line.
        public var description: String {
            switch self {
            case .layerDamaged(let digest, let reason): "layer \(digest) is damaged: \(reason)"
            case .blobDamaged(let digest): "blob \(digest) is damaged"
            case .blobMissing(let digest, let image): "blob \(digest) of image \(image.short) is missing"
            case .layerMissing(let digest, let image): "layer \(digest) of image \(image.short) is missing"
            case .documentDamaged(let path, let reason): "`\(path)` is damaged: \(reason)"
            }
        }
    }

    /// Lies; none in a sound store, whatever has crashed.
    public var problems: [Problem] = []
    /// Names of what crashed or ended work has left behind; harmless, and removed by garbage collection.
    public var leftovers: [String] = []
    /// How many layers were read and compared.
    public var checkedLayers = 0
    /// How many documents were read and compared.
    public var checkedBlobs = 0

    /// Whether everything is as the store says.
    public var isSound: Bool { problems.isEmpty }
}
