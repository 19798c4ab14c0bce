public import OCIModel

/// A fact about a push under way, for those who watch.
public enum PushEvent: Sendable {
    /// The registry has a blob already.
    case blobExists(Descriptor)
    /// The registry took a blob over from another of its repositories.
    case blobMounted(Descriptor, from: String)
    /// A blob begins to be sent.
    case blobStarted(Descriptor)
    /// The registry has so many bytes of a blob, as far as we know.
    case blobProgress(Descriptor, sent: Int64)
    /// The registry has a blob now.
    case blobFinished(Descriptor)
    /// The registry has a manifest now.
    case manifestFinished(Descriptor)
}
