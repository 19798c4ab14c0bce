internal import Glibc
public import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Records that an image exists, named or not; its manifest, configuration and layers must be in the store.
    @discardableResult
    public func addImage(manifest manifestDigest: BlobDigest) throws -> StoredImage {
        try sharingLock { try recordImage(manifestDigest) }
    }

    /// Records that an image exists; the caller holds the store's lock, so that nothing of it goes before it is recorded.
    func recordImage(_ manifestDigest: BlobDigest) throws -> StoredImage {
        let manifest = try manifest(manifestDigest)
        let image = StoredImage(id: manifest.config.digest, manifestDigest: manifestDigest)
        // Pinned also when it is recorded already: a prune must not take it before it gets its name.
        try pin([manifestDigest, image.id])
        guard StoreFiles.exists(layout.blob(image.id)) else { throw StorageError.blobMissing(image.id) }
        let path = layout.images.appending(image.fileName)
        guard !StoreFiles.exists(path) else { return image }
        // What is no configuration of an image names no layers.
        let layers = (try? config(image.id))?.rootfs.diffIDs ?? []
        try pin(layers)
        // Looked up by us, and removed by somebody else before it could be pinned.
        if let gone = layers.first(where: { !StoreFiles.exists(layout.layer($0)) }) {
            throw StorageError.layerMissing(gone)
        }
        _ = try StoreFiles.require(path, O_WRONLY | O_CREAT, mode: 0o600)
        try StoreFiles.syncDirectory(layout.images)
        return image
    }

    /// All images, named or not, in the order of their IDs.
    ///
    /// Reads one directory and no document.
    public func images() throws -> [StoredImage] {
        try StoreFiles.names(in: layout.images).compactMap(StoredImage.init(fileName:))
    }

    /// Forgets an image and its names; what only it needed is left for garbage collection.
    ///
    /// - Returns: The names that stood for it.
    @discardableResult
    public func removeImage(_ image: StoredImage) throws -> [ImageReference] {
        // Nobody gives it another name meanwhile.
        try exclusiveLock { try forgetImage(image) }
    }

    /// Forgets an image and its names; the caller holds the store's lock for himself.
    func forgetImage(_ image: StoredImage) throws -> [ImageReference] {
        let names = try references().filter { $0.manifestDigest == image.manifestDigest }.map(\.reference)
        for name in names { try removeReference(name) }
        try StoreFiles.remove(layout.images.appending(image.fileName))
        return names
    }

    /// The manifest of an image.
    public func manifest(_ digest: BlobDigest) throws -> ImageManifest {
        try document(ImageManifest.self, digest)
    }

    /// The configuration of an image.
    public func config(_ id: BlobDigest) throws -> ImageConfig {
        try document(ImageConfig.self, id)
    }

    /// The layers of an image in their order, the lowest first.
    ///
    /// - Throws: ``StorageError/layerMissing(_:)`` for the first that is not there.
    public func layers(of image: StoredImage) throws -> [StoredLayer] {
        try config(image.id).rootfs.diffIDs.map { diffID in
            guard let layer = try layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return layer
        }
    }

    /// Finds an image by name, by ID or the beginning of one, or by the digest of its manifest.
    ///
    /// A name costs one file. As in Docker, a name wins over an ID that reads the same, a missing tag means `latest`,
    /// and an ID may have `sha256:` in front.
    ///
    /// - Throws: ``StorageError/imageNotFound(_:)``, ``StorageError/ambiguousImage(_:candidates:)``.
    public func resolve(_ text: String) throws -> StoredImage {
        if let reference = try? ImageReference(text), let image = try image(named: reference) { return image }
        let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
        guard !digits.isEmpty, digits.utf8.count <= 64,
            digits.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { throw StorageError.imageNotFound(text) }
        let all = try images()
        if let image = all.first(where: { $0.manifestDigest.hex == digits }) { return image }
        let matches = all.filter { $0.id.hex.hasPrefix(digits) }
        guard let first = matches.first else { throw StorageError.imageNotFound(text) }
        guard matches.allSatisfy({ $0.id == first.id }) else {
            throw StorageError.ambiguousImage(text, candidates: Array(Set(matches.map(\.id))).sorted())
        }
        return first
    }

    /// The image that a name stands for; nil when the name is not in the store.
    public func image(named reference: ImageReference) throws -> StoredImage? {
        guard let digest = try self.reference(reference)?.manifestDigest else { return nil }
        return StoredImage(id: try manifest(digest).config.digest, manifestDigest: digest)
    }

    private func document<Value: Decodable>(_ type: Value.Type, _ digest: BlobDigest) throws -> Value {
        let bytes = try readBlob(digest)
        do {
            return try CanonicalJSON.decode(type, from: bytes)
        } catch {
            throw StorageError.damagedDocument(path: layout.blob(digest).string, reason: "\(error)")
        }
    }
}

extension StoredImage {
    /// The name of the empty file that records the image.
    var fileName: String { "\(id.hex)-\(manifestDigest.hex)" }

    /// Reads such a name; nil for anything else.
    init?(fileName: String) {
        let parts = fileName.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = try? BlobDigest(hex: String(parts[0])),
            let manifest = try? BlobDigest(hex: String(parts[1]))
        else { return nil }
        self.init(id: id, manifestDigest: manifest)
    }
}
