internal import OCIModel
internal import Storage

/// What is known of a stage before anything is built.
struct PreviewedStage {
    /// A layer of the store, or of another cache.
    struct Layer: LayerIdentity {
        var diffID: BlobDigest
        var tarSize: UInt64
        /// The layer, where it is here.
        var stored: StoredLayer?
        /// The bytes to fetch, where it is not.
        var blobSize: Int64?
        /// The repository that it would come from.
        var repository: ImageReference?

        init(_ layer: StoredLayer) {
            (diffID, tarSize, stored) = (layer.diffID, layer.tarSize, layer)
        }

        init(_ layer: CacheSource.Layer, of repository: ImageReference?) {
            (diffID, tarSize, blobSize) = (layer.diffID, layer.tarSize, layer.blobSize)
            self.repository = repository
        }
    }

    /// The layers, lowest first.
    var layers: [Layer] = []
    /// Those of them that come from a base image.
    var foreign: Set<BlobDigest> = []
}
