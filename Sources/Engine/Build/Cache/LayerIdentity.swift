internal import BuildPlanning
internal import OCIModel
internal import Storage

/// What the keys of steps say of a layer below, whether it is here or could be fetched.
protocol LayerIdentity {
    /// SHA-256 of its uncompressed tar stream.
    var diffID: BlobDigest { get }
    /// Bytes of that stream.
    var tarSize: UInt64 { get }
}

extension StoredLayer: LayerIdentity {}

extension Array where Element: LayerIdentity {
    /// Adds what a step made: on top, or in the place of what it replaces.
    mutating func add(_ layer: Element, replacing old: BlobDigest?) {
        if let old, let place = firstIndex(where: { $0.diffID == old }) {
            self[place] = layer
        } else {
            append(layer)
        }
    }
}
