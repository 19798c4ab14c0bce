internal import Glibc
public import OCIModel

extension ImageStore {
    /// Stores a small document under its digest; one that is there already costs nothing.
    @discardableResult
    public func writeBlob(_ bytes: [UInt8]) throws -> BlobDigest {
        let digest = BlobDigest(hashing: bytes)
        try sharingLock {
            try pin(digest)
            let path = layout.blob(digest)
            if !StoreFiles.exists(path) { try StoreFiles.write(bytes, to: path) }
        }
        return digest
    }

    /// Reads a document and checks it against its digest.
    ///
    /// - Throws: ``StorageError/blobMissing(_:)``, ``StorageError/blobDamaged(_:)``.
    public func readBlob(_ digest: BlobDigest) throws -> [UInt8] {
        guard let bytes = try StoreFiles.read(layout.blob(digest)) else { throw StorageError.blobMissing(digest) }
        guard BlobDigest(hashing: bytes) == digest else { throw StorageError.blobDamaged(digest) }
        return bytes
    }

    /// Whether a document is in the store; it then stays there while this process lives.
    public func hasBlob(_ digest: BlobDigest) throws -> Bool {
        try sharingLock {
            guard StoreFiles.exists(layout.blob(digest)) else { return false }
            try pin(digest)
            return true
        }
    }
}
