public import OCIModel

/// A fact about a pull under way, for those who watch.
public enum PullEvent: Sendable {
    /// The reference is an image, whose documents have arrived.
    case resolved(RemoteImage)
    /// A mirror, or another place before the last, did not do; the next is asked.
    case placeSkipped(registry: String, reason: String)
    /// A layer is here already.
    case layerExists(BlobDigest)
    /// A layer of `size` bytes begins to arrive.
    case layerStarted(BlobDigest, size: Int64)
    /// So many bytes of a layer have arrived.
    case layerProgress(BlobDigest, received: Int64)
    /// A layer has arrived and is unpacked.
    case layerFinished(BlobDigest)
}
