internal import OCIModel
internal import Registry
internal import Storage

/// Keeps in the store how far the uploads to one repository are.
struct StoreUploadNotes: UploadNotes {
    let store: ImageStore
    let registry: String
    let repository: String

    func location(of blob: BlobDigest) -> String? {
        // A note that cannot be read is none.
        (try? store.pendingUpload(of: blob, to: registry, repository))?.location
    }

    func note(_ location: String?, of blob: BlobDigest) {
        // Without the note the next process sends the blob from its beginning.
        guard let location else { return _ = try? store.forgetUpload(of: blob, to: registry, repository) }
        let upload = PendingUpload(registry: registry, repository: repository, digest: blob, location: location)
        try? store.remember(upload)
    }
}
