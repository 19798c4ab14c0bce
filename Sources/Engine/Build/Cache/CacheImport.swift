internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Registry
internal import Storage

/// Opens the caches of `--cache-from`.
struct CacheImport {
    let store: ImageStore
    let access: RegistryAccess

    /// Reads what a cache has, without its layers.
    func open(_ location: CacheRequest.Location) throws -> CacheSource {
        switch location.kind {
        case .local(let path): return try openLocal(path)
        case .registry(let reference): return try openRegistry(reference.withDefaultTag)
        case .inline: throw CacheError.notACache(location.description)
        }
    }

    // MARK: A directory

    private func openLocal(_ path: String) throws -> CacheSource {
        guard access(path + "/index.json") else { throw CacheError.missing(path) }
        let index = try decode(ImageIndex.self, try FileIO.readAll(path: path + "/index.json", limit: 1 << 24), path)
        func blob(_ digest: BlobDigest) -> String { "\(path)/blobs/sha256/\(digest.hex)" }
        func document(_ digest: BlobDigest) throws -> [UInt8] {
            let bytes = try FileIO.readAll(path: blob(digest), limit: CacheDocument.sizeLimit)
            guard BlobDigest(hashing: bytes) == digest else {
                throw CacheError.damaged(path, reason: "the blob \(digest) has another digest")
            }
            return bytes
        }
        for entry in index.manifests where MediaType.isManifest(entry.mediaType) {
            let manifest = try decode(ImageManifest.self, try document(entry.digest), path)
            guard let found = try cache(manifest, path, document: { try document($0.digest) }) else { continue }
            let layers = pairs(found, manifest)
            return CacheSource(name: path, records: found.byKey, layers: Self.known(found, manifest)) {
                [store] diffID in
                guard let descriptor = layers[diffID] else { throw StorageError.layerMissing(diffID) }
                let file = try OwnedFD.open("\(path)/blobs/sha256/\(descriptor.digest.hex)", O_RDONLY)
                _ = try store.importLayer(
                    from: FileSource(descriptor: file.raw, name: path),
                    expectedDiffID: diffID,
                    expectedDigest: descriptor.digest
                )
            }
        }
        throw CacheError.notACache(path)
    }

    private func access(_ path: String) -> Bool { Glibc.access(path, R_OK) == 0 }

    // MARK: A registry

    private func openRegistry(_ reference: ImageReference) throws -> CacheSource {
        let name = reference.canonical
        let client = RegistryClient(options: access.options)
        let repository = try client.repository(of: reference, isReadOnly: true)
        let tag = reference.digest.map(\.description) ?? reference.tag ?? "latest"
        guard var (bytes, type) = try repository.manifest(tag) else { throw CacheError.missing(name) }
        if MediaType.isIndex(type) {
            let index = try decode(ImageIndex.self, bytes, name)
            guard let child = index.manifest(for: .host) ?? index.manifests.first,
                let inner = try repository.manifest(child.digest.description),
                BlobDigest(hashing: inner.bytes) == child.digest
            else { throw CacheError.notACache(name) }
            (bytes, type) = inner
        }
        let manifest = try decode(ImageManifest.self, bytes, name)
        let found = try cache(manifest, name) { try repository.document($0, limit: CacheDocument.sizeLimit) }
        guard let found else { throw CacheError.notACache(name) }
        let layers = pairs(found, manifest)
        let known = Self.known(found, manifest)
        return CacheSource(name: name, records: found.byKey, layers: known, repository: reference) { [store] diffID in
            guard let descriptor = layers[diffID] else { throw StorageError.layerMissing(diffID) }
            let stream = repository.blob(descriptor)
            let imported = try store.importLayer(
                from: ClosureSource { buffer in try stream.read(into: buffer) },
                expectedDiffID: diffID,
                expectedDigest: descriptor.digest
            )
            let origin = LayerOrigin(
                registry: repository.registry,
                repository: repository.path,
                digest: imported.compressedDigest
            )
            try store.remember(origin, of: diffID)
        }
    }

    // MARK: Documents

    /// The records of a cache artifact, or those that came with an image; nil when there are none.
    private func cache(
        _ manifest: ImageManifest,
        _ name: String,
        document: (Descriptor) throws -> [UInt8]
    ) throws -> CacheDocument? {
        if manifest.config.mediaType == CacheDocument.mediaType {
            let found = try decode(CacheDocument.self, try document(manifest.config), name)
            guard found.version == 1, found.diffIDs.count == manifest.layers.count,
                found.sizes.map({ $0.count == found.diffIDs.count }) != false
            else {
                throw CacheError.damaged(name, reason: "its records are not of its layers")
            }
            return found
        }
        guard let text = manifest.annotations?[CacheDocument.annotation] else { return nil }
        var found = try decode(CacheDocument.self, Array(text.utf8), name)
        let config = try decode(ImageConfig.self, try document(manifest.config), name)
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw CacheError.damaged(name, reason: "its configuration is not of its layers")
        }
        // The image says itself what its layers are; the annotation only counts them.
        found.diffIDs = config.rootfs.diffIDs
        return found
    }

    /// What the documents say of the layers.
    private static func known(
        _ document: CacheDocument,
        _ manifest: ImageManifest
    ) -> [BlobDigest: CacheSource.Layer] {
        var layers: [BlobDigest: CacheSource.Layer] = [:]
        for (place, (diffID, descriptor)) in zip(document.diffIDs, manifest.layers).enumerated() {
            let size = document.sizes?[place] ?? UInt64(clamping: descriptor.size)
            layers[diffID] = CacheSource.Layer(diffID: diffID, tarSize: size, blobSize: descriptor.size)
        }
        return layers
    }

    private func pairs(_ document: CacheDocument, _ manifest: ImageManifest) -> [BlobDigest: Descriptor] {
        Dictionary(zip(document.diffIDs, manifest.layers)) { first, _ in first }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ name: String) throws -> Value {
        do {
            return try CanonicalJSON.decode(type, from: bytes)
        } catch {
            throw CacheError.damaged(name, reason: "a document of it cannot be understood")
        }
    }
}
