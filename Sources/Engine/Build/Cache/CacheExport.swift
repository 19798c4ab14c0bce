internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Registry
internal import Storage

/// Writes the caches of `--cache-to`.
struct CacheExport {
    let store: ImageStore
    let access: RegistryAccess

    /// Writes records and their layers, manifests and references last.
    func write(_ records: [BlobDigest: BuildCacheRecord], to location: CacheRequest.Location) throws {
        let diffIDs = Array(Set(records.values.flatMap(\.layers))).sorted()
        let sizes = try diffIDs.map { diffID in
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return layer.tarSize
        }
        let document = CacheDocument(records, diffIDs: diffIDs, sizes: sizes)
        let config = try CanonicalJSON.encode(document)
        switch location.kind {
        case .local(let path): try write(config, diffIDs, into: path)
        case .registry(let reference): try send(config, diffIDs, to: reference.withDefaultTag)
        case .inline: break
        }
    }

    private func manifest(_ config: [UInt8], _ layers: [Descriptor]) throws -> [UInt8] {
        let descriptor = Descriptor(
            mediaType: CacheDocument.mediaType,
            digest: BlobDigest(hashing: config),
            size: Int64(config.count)
        )
        return try CanonicalJSON.encode(ImageManifest(config: descriptor, layers: layers))
    }

    private func send(_ config: [UInt8], _ diffIDs: [BlobDigest], to reference: ImageReference) throws {
        let client = RegistryClient(options: access.options)
        let repository = try client.repository(of: reference)
        let request = try PushRequest(reference.canonical, to: reference, access: access)
        let pusher = ImagePusher(store: store, client: client, repository: repository, request: request) { _ in }
        try client.failing(reference) {
            let layers = try diffIDs.map { try pusher.push(layer: $0) }
            _ = try repository.upload(document: config, mediaType: CacheDocument.mediaType)
            let bytes = try manifest(config, layers)
            try repository.putManifest(PushManifest(bytes: bytes, mediaType: MediaType.manifest), tag: reference.tag)
        }
    }

    private func write(_ config: [UInt8], _ diffIDs: [BlobDigest], into path: String) throws {
        try OutputPlace.makeDirectory(path + "/blobs/sha256")
        var layers: [Descriptor] = []
        for diffID in diffIDs {
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            layers.append(Descriptor(mediaType: MediaType.layer, digest: diffID, size: Int64(layer.tarSize)))
            let place = "\(path)/blobs/sha256/\(diffID.hex)"
            var status = stat()
            // Blobs appear whole, so one of the right size is the right one; whoever reads it checks its digest.
            if stat(place, &status) == 0, status.st_size == layers[layers.count - 1].size { continue }
            try OutputPlace.write(place) { descriptor in
                _ = try store.replay(diffID, into: FileSink(descriptor: descriptor, name: place))
            }
        }
        let bytes = try manifest(config, layers)
        let digest = BlobDigest(hashing: bytes)
        try put(config, "\(path)/blobs/sha256/\(BlobDigest(hashing: config).hex)")
        try put(bytes, "\(path)/blobs/sha256/\(digest.hex)")
        try put(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), path + "/oci-layout")
        let entry = Descriptor(mediaType: MediaType.manifest, digest: digest, size: Int64(bytes.count))
        try put(try CanonicalJSON.encode(ImageIndex(manifests: [entry])), path + "/index.json")
    }

    private func put(_ bytes: [UInt8], _ path: String) throws {
        try OutputPlace.write(path) { descriptor in
            try bytes.withUnsafeBytes { try FileIO.writeAll(descriptor: descriptor, $0, name: path) }
        }
    }
}
