public import OCIModel

/// Where the bytes of blobs come from that are sent to a registry.
public protocol BlobSource: Sendable {
    /// Hands out the bytes of a blob from `offset` on, piece by piece and in order, up to its end.
    ///
    /// A blob is read from the start once; only when a connection breaks it is read again, from where the registry has
    /// it. What `body` throws must reach the caller.
    ///
    /// - Important: Is called from several threads at once, and blocks.
    func read(_ blob: Descriptor, from offset: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

/// A source of documents that are in memory.
public struct MemoryBlobSource: BlobSource {
    private let blobs: [BlobDigest: [UInt8]]

    /// Makes a source of `documents`, each under its own digest.
    public init(_ documents: [[UInt8]]) {
        blobs = Dictionary(documents.map { (BlobDigest(hashing: $0), $0) }) { first, _ in first }
    }

    /// Hands out a document.
    ///
    /// - Throws: ``BlobSourceError/missing(_:)``.
    public func read(_ blob: Descriptor, from offset: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let bytes = blobs[blob.digest] else { throw BlobSourceError.missing(blob.digest) }
        try bytes.dropFirst(Int(offset)).withUnsafeBytes(body)
    }
}
