internal import Crypto
public import OCIModel

/// What a hashed stream turned out to be.
public struct StreamReceipt<Next> {
    /// SHA-256 of all bytes.
    public let digest: BlobDigest
    /// How many bytes there were.
    public let size: UInt64
    /// What the sink behind had to say.
    public let next: Next
}

extension StreamReceipt: Sendable where Next: Sendable {}

/// Hashes and counts the bytes on their way to another sink.
public struct HashingSink<Next: ByteSink & ~Copyable>: ByteSink, ~Copyable {
    private var next: Next
    private var hasher = SHA256()
    private var size: UInt64 = 0

    /// Puts a hash in front of `next`.
    public init(next: consuming Next) {
        self.next = next
    }

    /// Takes the next bytes of the stream.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        hasher.update(bufferPointer: bytes)
        size += UInt64(bytes.count)
        try next.write(bytes)
    }

    /// Ends the stream.
    public consuming func finish() throws -> StreamReceipt<Next.Receipt> {
        let digest = hasher.blobDigest()
        return StreamReceipt(digest: digest, size: size, next: try next.finish())
    }
}

extension SHA256 {
    /// The digest of the bytes so far, as a blob digest.
    func blobDigest() -> BlobDigest { BlobDigest(finalize()) }
}
