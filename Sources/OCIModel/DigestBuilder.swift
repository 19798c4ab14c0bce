internal import Crypto

/// Hashes bytes that come piece by piece: the digest is that of all of them in a row.
public struct DigestBuilder: Sendable {
    private var hasher = SHA256()

    /// Starts with no bytes.
    public init() {}

    /// Adds bytes at the end.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.update(bufferPointer: bytes)
    }

    /// The digest of everything so far.
    public func finish() -> BlobDigest { BlobDigest(hasher.finalize()) }
}
