internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Registry
internal import Storage
internal import Synchronization

/// Sends images of the store to one repository.
struct ImagePusher: Sendable {
    let store: ImageStore
    let client: RegistryClient
    let repository: RemoteRepository
    let request: PushRequest
    let progress: @Sendable (PushProgress) -> Void

    /// Sends an image and gives it `tag`, or none.
    func push(_ image: StoredImage, tag: String?) throws -> Descriptor {
        let stored = try store.manifest(image.manifestDigest)
        let config = try store.config(image.id)
        let configBytes = try store.readBlob(image.id)
        try checkLimits(config)
        let sent = Mutex<[BlobDigest: Descriptor]>([:])
        let layers = Array(Set(config.rootfs.diffIDs)).sorted()
        try client.forEachInParallel(layers.map(Optional.some) + [nil]) { diffID in
            guard let diffID else {
                _ = try repository.upload(document: configBytes, mediaType: MediaType.config)
                return
            }
            let descriptor = try push(layer: diffID)
            sent.withLock { $0[diffID] = descriptor }
        }
        let known = sent.withLock { $0 }
        let manifest = try manifest(stored, config: config, layers: config.rootfs.diffIDs.compactMap { known[$0] })
        return try repository.putManifest(
            manifest
                ?? PushManifest(
                    bytes: try store.readBlob(image.manifestDigest),
                    mediaType: stored.mediaType ?? MediaType.manifest
                ),
            tag: tag
        )
    }

    /// Refuses at once what the registry would refuse in the end.
    func checkLimits(_ config: ImageConfig) throws {
        let layers = try config.rootfs.diffIDs.map { diffID -> StoredLayer in
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return layer
        }
        try SentSize(store: store, compression: request.compression).check(layers, for: request.destination)
    }

    /// The manifest to send, nil when the stored one says the same of the layers and can go as it is.
    private func manifest(
        _ stored: ImageManifest,
        config: ImageConfig,
        layers: [Descriptor]
    ) throws -> PushManifest? {
        func same(_ left: Descriptor, _ right: Descriptor) -> Bool {
            left.digest == right.digest && left.size == right.size
        }
        if stored.layers.count == layers.count, zip(stored.layers, layers).allSatisfy({ same($0, $1) }) { return nil }
        var manifest = stored
        // Docker's media types have no word for what we send; the configuration is the same document in both families.
        manifest.mediaType = MediaType.manifest
        manifest.config.mediaType = MediaType.config
        manifest.layers = layers
        for (index, old) in stored.layers.enumerated() where index < layers.count {
            manifest.layers[index].annotations = old.annotations
        }
        return PushManifest(bytes: try CanonicalJSON.encode(manifest), mediaType: MediaType.manifest)
    }

    /// Sends one layer, in whatever form the registry has or gets it.
    func push(layer diffID: BlobDigest) throws -> Descriptor {
        guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
        let known = try store.distribution(of: diffID)
        let descriptor = try existing(layer, known) ?? send(layer, known)
        try store.remember(
            LayerOrigin(registry: repository.registry, repository: repository.path, digest: descriptor.digest),
            of: diffID
        )
        return descriptor
    }

    /// The form of a layer that the registry has already, or takes over from another of its repositories.
    private func existing(_ layer: StoredLayer, _ known: LayerDistribution) throws -> Descriptor? {
        let forms = try candidates(layer, known)
        for form in forms where try repository.hasBlob(form.digest) {
            progress(.exists(form.digest, size: form.size))
            return form
        }
        for form in forms {
            for origin in origins(of: form.digest, known) where origin != repository.path {
                guard try repository.mount(form.digest, from: origin) else { continue }
                progress(.mounted(form.digest, from: origin))
                return form
            }
        }
        return nil
    }

    /// The forms of a layer that are known and will do: those that this repository is known to have first.
    func candidates(_ layer: StoredLayer, _ known: LayerDistribution) throws -> [Descriptor] {
        let compressed = known.compressed.filter { form in
            guard request.compression.accepts(form.format) else { return false }
            return request.compressionLevel.map { $0 == form.level } ?? true
        }
        var forms = compressed.map { Self.descriptor($0.format, digest: $0.digest, size: $0.size) }
        let claims = (known.claims ?? []).filter { claim in
            isOfThisRepository(claim.origin) && request.compressionLevel == nil
                && request.compression.accepts(claim.format)
        }
        forms += claims.map { Self.descriptor($0.format, digest: $0.origin.digest, size: $0.size) }
        let plain = Self.descriptor(.none, digest: layer.diffID, size: layer.tarSize)
        let isHere = known.origins.contains { $0.digest == layer.diffID && $0.registry == repository.registry }
        let prefersPlain = try request.compression.format(for: layer, in: store) == nil
        if prefersPlain || (isHere && request.compression == .auto) { forms.append(plain) }
        let here = Set((known.origins.filter(isOfThisRepository) + claims.map(\.origin)).map(\.digest))
        return forms.filter { here.contains($0.digest) } + forms.filter { !here.contains($0.digest) }.suffix(4)
    }

    private func send(_ layer: StoredLayer, _ known: LayerDistribution) throws -> Descriptor {
        guard let format = try request.compression.format(for: layer, in: store) else {
            let descriptor = Self.descriptor(.none, digest: layer.diffID, size: layer.tarSize)
            try repository.upload(
                descriptor,
                from: LayerBlobSource(store: store),
                isMissing: true,
                notes: notes,
                progress: report
            )
            return descriptor
        }
        progress(.compressing(layer.diffID, size: Int64(layer.tarSize)))
        let compressed = try store.compress(
            layer.diffID,
            as: format,
            level: level(format),
            width: HostFacts.usableProcessors
        )
        let form = compressed.form
        let limits = RegistryLimits(of: repository.registry)
        try limits.check(layers: [(form.digest, Int64(clamping: form.size))], of: request.destination)
        let descriptor = Self.descriptor(form.format, digest: form.digest, size: form.size)
        let source = CompressedBlobSource(layer: compressed)
        try repository.upload(descriptor, from: source, notes: notes, progress: report)
        return descriptor
    }

    private var notes: StoreUploadNotes {
        StoreUploadNotes(store: store, registry: repository.registry, repository: repository.path)
    }

    /// The effort for a format.
    func level(_ format: CompressionFormat) -> Int {
        request.compressionLevel ?? PushCompression.standardLevel(format)
    }

    private static func descriptor(_ format: CompressionFormat, digest: BlobDigest, size: UInt64) -> Descriptor {
        let type =
            switch format {
            case .gzip: MediaType.layerGzip
            case .zstd: MediaType.layerZstd
            default: MediaType.layer
            }
        return Descriptor(mediaType: type, digest: digest, size: Int64(size))
    }

    private func isOfThisRepository(_ origin: LayerOrigin) -> Bool {
        origin.registry == repository.registry && origin.repository == repository.path
    }

    private func origins(of digest: BlobDigest, _ known: LayerDistribution) -> [String] {
        known.origins.filter { $0.digest == digest && $0.registry == repository.registry }.map(\.repository)
    }

    private func report(_ event: PushEvent) {
        switch event {
        case .blobExists(let blob): progress(.exists(blob.digest, size: blob.size))
        case .blobMounted(let blob, let origin): progress(.mounted(blob.digest, from: origin))
        case .blobStarted(let blob): progress(.started(blob.digest, size: blob.size))
        case .blobProgress(let blob, let sent): progress(.sent(blob.digest, bytes: sent))
        case .blobFinished(let blob): progress(.finished(blob.digest))
        case .manifestFinished: break
        }
    }
}

/// Streams uncompressed layers straight out of their trees.
struct LayerBlobSource: BlobSource {
    let store: ImageStore

    func read(_ blob: Descriptor, from offset: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try store.readLayer(blob.digest, from: UInt64(offset), body)
    }
}

/// Streams a layer that was compressed to a file.
private struct CompressedBlobSource: BlobSource {
    let layer: CompressedLayer

    func read(_ blob: Descriptor, from offset: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try layer.read(from: UInt64(offset), body)
    }
}
