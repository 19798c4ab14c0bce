internal import Crypto
internal import OCIModel

/// Hashes and counts the bytes that another source supplies.
///
/// A class, so that the digest can be asked for after the source has been handed on.
final class HashingSource<Source: ByteSource>: ByteSource {
    private var source: Source
    private var hasher = SHA256()
    private(set) var size: UInt64 = 0

    init(_ source: Source) {
        self.source = source
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = try source.read(into: buffer)
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        size += UInt64(count)
        return count
    }

    /// The digest of everything read so far.
    var digest: BlobDigest { hasher.blobDigest() }
}
