internal import Glibc
internal import LayerArchive
public import OCIModel
internal import SystemPackage

/// Where a registry waits for the rest of a blob, as the process that was sending it wrote down.
public struct PendingUpload: Codable, Equatable, Sendable {
    /// The registry's host and port.
    public var registry: String
    /// The repository's path.
    public var repository: String
    /// The blob.
    public var digest: BlobDigest
    /// The address that takes more of it.
    public var location: String

    /// Makes a note.
    public init(registry: String, repository: String, digest: BlobDigest, location: String) {
        self.registry = registry
        self.repository = repository
        self.digest = digest
        self.location = location
    }
}

extension ImageStore {
    /// The upload of a blob that was not ended, if there is one.
    public func pendingUpload(of digest: BlobDigest, to registry: String, _ repository: String) throws -> PendingUpload?
    {
        guard let bytes = try StoreFiles.read(path(registry, repository, digest)) else { return nil }
        // A damaged note costs an upload from the beginning, nothing else.
        return try? CanonicalJSON.decode(PendingUpload.self, from: bytes)
    }

    /// Writes down how far an upload is; without waiting for the disk, as the registry has the last word anyway.
    public func remember(_ upload: PendingUpload) throws {
        try StoreFiles.makeDirectory(layout.uploads)
        let path = path(upload.registry, upload.repository, upload.digest)
        try StoreFiles.write(try CanonicalJSON.encode(upload), to: path, durable: false)
    }

    /// Forgets an upload, because it is over.
    public func forgetUpload(of digest: BlobDigest, to registry: String, _ repository: String) throws {
        try StoreFiles.remove(path(registry, repository, digest))
    }

    /// Forgets uploads of which registries will not know any more either: after a week.
    func removeAbandonedUploads(all: Bool) throws {
        for name in try StoreFiles.names(in: layout.uploads) {
            let path = layout.uploads.appending(name)
            var status = stat()
            guard path.withPlatformString({ lstat($0, &status) }) == 0 else { continue }
            let isOld = Int64(status.st_mtim.tv_sec) < StoreFiles.now() - Self.downloadLifetime
            if all || isOld { try StoreFiles.remove(path) }
        }
    }

    private func path(_ registry: String, _ repository: String, _ digest: BlobDigest) -> FilePath {
        layout.uploads.appending(BlobDigest(hashing: "\(registry)/\(repository)@\(digest)".utf8).hex)
    }
}
