public import OCIModel

/// Remembers, beyond the life of this process, where a registry waits for the rest of a blob.
public protocol UploadNotes: Sendable {
    /// The address that takes more of a blob, if an upload of it was not ended.
    func location(of blob: BlobDigest) -> String?

    /// Notes where more of a blob can be sent; nil when its upload is over.
    ///
    /// What cannot be written down costs bytes when the process dies, and nothing else: no error is told.
    func note(_ location: String?, of blob: BlobDigest)
}
