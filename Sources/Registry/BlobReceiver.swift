public import OCIModel

/// Where the layers of a fetched image go.
public protocol BlobReceiver: Sendable {
    /// Whether a layer is already there and need not be fetched; `blob` is what the manifest says it is at the registry.
    func hasLayer(_ diffID: BlobDigest, as blob: Descriptor) throws -> Bool

    /// Is told which layers are to come, before the first of them; throws when there is no room for them.
    func expect(_ layers: [(blob: Descriptor, diffID: BlobDigest)]) throws

    /// Takes a layer from `stream`, reading it to its end.
    ///
    /// The receiver checks the stream against its descriptor's digest, and what it unpacks to against `diffID`.
    /// - Important: Is called from several threads at once.
    func receiveLayer(_ stream: BlobStream, diffID: BlobDigest) throws
}

extension BlobReceiver {
    /// Accepts whatever comes.
    public func expect(_ layers: [(blob: Descriptor, diffID: BlobDigest)]) throws {}
}
