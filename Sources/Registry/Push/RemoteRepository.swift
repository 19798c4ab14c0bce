public import OCIModel

/// A repository of a registry that may be written to.
///
/// What is sent is there for others only when a manifest names it, so manifests come last.
///
/// - Important: Every method blocks on the network, and all may be called from several threads at once.
public final class RemoteRepository: Sendable {
    private let connection: RegistryConnection
    private let uploads: UploadMemory
    private let pieceSize: Int64

    private static let manifestLimit = 16 << 20

    init(_ connection: RegistryConnection, pieceSize: Int64) {
        self.connection = connection
        self.pieceSize = pieceSize
        uploads = UploadMemory(host: connection.host)
    }

    /// The registry's host and port as references name it.
    public var registry: String { connection.image.domain }

    /// The repository's path.
    public var path: String { connection.image.path }

    /// Whether a blob is there.
    public func hasBlob(_ digest: BlobDigest) throws(RegistryError) -> Bool {
        let request = HTTPRequest(method: "HEAD", url: try connection.address("blobs/\(digest)"))
        let response = try connection.send(request, accepted: [404])
        response.discardBody()
        return response.status != 404
    }

    /// Which manifest a tag or digest names; nil when there is none.
    public func manifestDescriptor(_ name: String) throws(RegistryError) -> Descriptor? {
        guard let (bytes, type) = try manifest(name) else { return nil }
        return Descriptor(mediaType: type, digest: BlobDigest(hashing: bytes), size: Int64(bytes.count))
    }

    /// Fetches the manifest, index or artifact that a tag or digest names; nil when there is none.
    public func manifest(_ name: String) throws(RegistryError) -> (bytes: [UInt8], mediaType: String)? {
        var request = HTTPRequest(url: try connection.address("manifests/\(name)"))
        request.headers = [HTTPHeader(name: "Accept", value: MediaType.manifests.joined(separator: ", "))]
        let response = try connection.send(request, accepted: [404])
        guard response.status != 404 else {
            response.discardBody()
            return nil
        }
        do throws(HTTPFailure) {
            let type = response.header("content-type") ?? MediaType.manifest
            return (try response.readAll(limit: Self.manifestLimit), type)
        } catch {
            throw connection.explained(error)
        }
    }

    /// Opens a blob for reading.
    public func blob(_ descriptor: Descriptor) -> BlobStream {
        BlobStream(descriptor, source: RegistrySource(connection), place: 0)
    }

    /// Fetches a blob that is a small document, and checks its digest.
    public func document(_ descriptor: Descriptor, limit: Int) throws(RegistryError) -> [UInt8] {
        try blob(descriptor).readAll(limit: limit, document: "document")
    }

    /// Sends a blob unless it is there; `origins` are repositories of the same registry that may have it.
    ///
    /// Whoever has just found out that it `isMissing` saves a question; with `notes` an upload goes on that another process
    /// has not ended.
    ///
    /// - Throws: ``RegistryError``, or what the source throws.
    public func upload(
        _ blob: Descriptor,
        from source: some BlobSource,
        origins: [String] = [],
        isMissing: Bool = false,
        notes: (any UploadNotes)? = nil,
        progress: @escaping @Sendable (PushEvent) -> Void = { _ in }
    ) throws {
        if !isMissing, try hasBlob(blob.digest) { return progress(.blobExists(blob)) }
        let upload = BlobUpload(
            blob,
            source: source,
            connection: connection,
            memory: uploads,
            pieceSize: pieceSize,
            notes: notes
        ) { progress(.blobProgress(blob, sent: $0)) }
        if upload.resume() { return try finish(upload, blob, progress) }
        let others = origins.filter { $0 != path }
        connection.addReadable(others)
        for origin in others {
            if try upload.mount(from: origin) { return progress(.blobMounted(blob, from: origin)) }
        }
        try finish(upload, blob, progress)
    }

    private func finish(_ upload: BlobUpload, _ blob: Descriptor, _ progress: (PushEvent) -> Void) throws {
        progress(.blobStarted(blob))
        try upload.send()
        progress(.blobFinished(blob))
    }

    /// Lets the registry take a blob over from another of its repositories.
    ///
    /// - Returns: Whether it did; if not, nothing has happened.
    public func mount(_ digest: BlobDigest, from repository: String) throws(RegistryError) -> Bool {
        connection.addReadable([repository])
        return try BlobUpload.mount(digest, from: repository, connection) == nil
    }

    /// Sends a small document as a blob unless it is there.
    public func upload(
        document: [UInt8],
        mediaType: String,
        progress: @escaping @Sendable (PushEvent) -> Void = { _ in }
    ) throws -> Descriptor {
        let blob = Descriptor(mediaType: mediaType, digest: BlobDigest(hashing: document), size: Int64(document.count))
        try upload(blob, from: MemoryBlobSource([document]), progress: progress)
        return blob
    }

    /// Stores a manifest, an index or an artifact under a tag, or with nil under its digest alone.
    ///
    /// What it names must be there.
    @discardableResult
    public func putManifest(_ manifest: PushManifest, tag: String?) throws(RegistryError) -> Descriptor {
        let descriptor = manifest.descriptor
        let path = "manifests/\(tag ?? descriptor.digest.description)"
        var request = HTTPRequest(method: "PUT", url: try connection.address(path))
        request.headers = [HTTPHeader(name: "Content-Type", value: manifest.mediaType)]
        let response = try connection.send(request, body: manifest.bytes)
        response.discardBody()
        if let text = response.header("docker-content-digest"), let actual = try? BlobDigest(text),
            actual != descriptor.digest
        {
            throw .digestMismatch(image: connection.image, expected: descriptor.digest, actual: actual)
        }
        return descriptor
    }
}
