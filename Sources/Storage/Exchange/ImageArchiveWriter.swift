internal import Crypto
public import LayerArchive
internal import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Writes images as one tar stream in OCI image layout, with Docker's `manifest.json` beside for older loaders.
    ///
    /// Layers are replayed straight out of their trees, uncompressed unless `form` says otherwise; manifests that say
    /// something else are rewritten. The stream depends on nothing but the images, their names and the form.
    ///
    /// - Parameters:
    ///   - images: The images and the names that the archive gives them.
    ///   - form: What is written of them.
    ///   - sink: Receives the stream, and is ended.
    /// - Returns: The sink's receipt.
    /// - Throws: ``StorageError`` and ``ArchiveError`` when something is missing or damaged.
    public func writeArchive<Sink: ByteSink & ~Copyable>(
        of images: [ArchiveImage],
        form: ArchiveForm = ArchiveForm(.docker),
        into sink: consuming Sink
    ) throws -> Sink.Receipt {
        var writer = ImageLayoutWriter(target: TarTarget(sink), store: self, form: form)
        for image in images { try writer.add(image) }
        return try writer.finish()
    }

    /// Writes images into a directory, which is made when it is missing; what leads to the rest comes last.
    public func writeLayout(
        of images: [ArchiveImage],
        form: ArchiveForm = ArchiveForm(.layout),
        into directory: String
    ) throws {
        let target = try DirectoryTarget(directory, hasBlobDirectory: form.kind != .flat)
        var writer = ImageLayoutWriter(target: target, store: self, form: form)
        for image in images { try writer.add(image) }
        try writer.finish()
    }
}

/// The state of one layout: what is in it already, and what its documents will say.
private struct ImageLayoutWriter<Target: LayoutTarget & ~Copyable>: ~Copyable {
    private var target: Target
    private let store: ImageStore
    private let form: ArchiveForm
    private var written: Set<BlobDigest> = []
    /// What each layer, by its diff ID, has become in the archive.
    private var layers: [BlobDigest: Descriptor] = [:]
    private var roots: [Descriptor] = []
    private var dockerEntries: [DockerArchiveEntry] = []
    private var flatManifests: [BlobDigest: [UInt8]] = [:]

    init(target: consuming Target, store: ImageStore, form: ArchiveForm) {
        self.target = target
        self.store = store
        self.form = form
    }

    mutating func add(_ item: ArchiveImage) throws {
        var children: [Descriptor] = []
        for image in item.images {
            // Docker's form has no word for platforms: the first image of an index has the name.
            children.append(try add(image, names: children.isEmpty ? item.names : []))
        }
        guard var root = children.first else { return }
        if var index = item.index {
            var others: Set<BlobDigest> = []
            for document in item.documents {
                let digest = BlobDigest(hashing: document)
                others.insert(digest)
                try addBlob(document, digest)
            }
            // What the index names and nobody holds, such as the attestations of a pulled image, is not in the archive.
            let known = Dictionary(zip(item.images.map(\.manifestDigest), children)) { first, _ in first }
            index.manifests = index.manifests.compactMap { old in
                guard var new = known[old.digest] else { return others.contains(old.digest) ? old : nil }
                new.platform = old.platform
                new.annotations = old.annotations
                return new
            }
            let bytes = try CanonicalJSON.encode(index)
            root = Descriptor(
                mediaType: index.mediaType ?? MediaType.index,
                digest: BlobDigest(hashing: bytes),
                size: Int64(bytes.count)
            )
            try addBlob(bytes, root.digest)
        }
        for name in item.names.isEmpty ? [nil] : item.names.map(Optional.some) {
            var annotations = item.annotations
            if let name {
                // containerd reads the full name, other tools the tag (OCI image-spec, annotations.md).
                annotations["io.containerd.image.name"] = name.withDefaultTag.canonical
                annotations["org.opencontainers.image.ref.name"] = name.withDefaultTag.tag ?? name.canonical
            }
            root.annotations = annotations.isEmpty ? nil : annotations
            roots.append(root)
        }
    }

    consuming func finish() throws -> Target.Receipt {
        if form.kind == .flat {
            guard let root = roots.first else { return try target.finish() }
            // The form of containers/image: nothing leads to a second image.
            try addFile("version", Array("Directory Transport Version: 1.1\n".utf8))
            try addFile("manifest.json", flatManifests[root.digest] ?? [])
            return try target.finish()
        }
        if form.kind == .docker { try addFile("manifest.json", CanonicalJSON.encode(dockerEntries)) }
        try addFile("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try addFile("index.json", CanonicalJSON.encode(ImageIndex(manifests: roots)))
        return try target.finish()
    }

    private mutating func add(_ image: StoredImage, names: [ImageReference]) throws -> Descriptor {
        let configBytes = try store.readBlob(image.id)
        let config = try store.config(image.id)
        let stored = try store.manifest(image.manifestDigest)
        var layers: [Descriptor] = []
        for diffID in config.rootfs.diffIDs {
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            layers.append(try add(layer))
        }
        try addBlob(configBytes, image.id)
        var bytes = try store.readBlob(image.manifestDigest)
        var mediaType = stored.mediaType ?? MediaType.manifest
        if form.kind == .flat || stored.layers.map(\.digest) != layers.map(\.digest) {
            let manifest = manifest(stored, layers, config: image.id, size: configBytes.count)
            bytes = try CanonicalJSON.encode(manifest)
            mediaType = manifest.mediaType ?? MediaType.manifest
        }
        let digest = BlobDigest(hashing: bytes)
        if form.kind == .flat { flatManifests[digest] = bytes } else { try addBlob(bytes, digest) }
        dockerEntries.append(
            DockerArchiveEntry(
                config: blobName(image.id),
                repoTags: names.map { $0.withDefaultTag.familiar },
                layers: layers.map { blobName($0.digest) }
            )
        )
        return Descriptor(
            mediaType: mediaType,
            digest: digest,
            size: Int64(bytes.count),
            platform: config.platform
        )
    }

    /// The manifest of an image whose layers are something else here than where it came from.
    private func manifest(
        _ stored: ImageManifest,
        _ layers: [Descriptor],
        config: BlobDigest,
        size: Int
    ) -> ImageManifest {
        let isDocker = form.kind == .flat
        var manifest = ImageManifest(
            config: Descriptor(
                mediaType: isDocker ? MediaType.dockerConfig : MediaType.config,
                digest: config,
                size: Int64(size)
            ),
            layers: layers,
            // Docker's manifests have no word for annotations.
            annotations: isDocker ? nil : stored.annotations
        )
        if isDocker { manifest.mediaType = MediaType.dockerManifest }
        return manifest
    }

    private mutating func add(_ layer: StoredLayer) throws -> Descriptor {
        if let known = layers[layer.diffID] { return known }
        let descriptor: Descriptor
        if let wish = try form.compression(layer) {
            let compressed = try store.compress(layer.diffID, as: wish.format, level: wish.level, width: form.width)
            descriptor = Descriptor(
                mediaType: mediaType(wish.format),
                digest: compressed.form.digest,
                size: Int64(compressed.form.size)
            )
            if written.insert(descriptor.digest).inserted {
                try target.begin(blobName(descriptor.digest), size: compressed.form.size)
                try compressed.read(from: 0) { try target.write($0) }
            }
        } else {
            descriptor = Descriptor(
                mediaType: mediaType(.none),
                digest: layer.diffID,
                size: Int64(layer.tarSize)
            )
            try replay(layer)
        }
        layers[layer.diffID] = descriptor
        return descriptor
    }

    private func mediaType(_ format: CompressionFormat) -> String {
        switch (format, form.kind) {
        case (.gzip, .flat): MediaType.dockerLayerGzip
        case (.zstd, .flat): MediaType.dockerLayerZstd
        case (_, .flat): MediaType.dockerLayer
        case (.gzip, _): MediaType.layerGzip
        case (.zstd, _): MediaType.layerZstd
        default: MediaType.layer
        }
    }

    private mutating func replay(_ layer: StoredLayer) throws {
        guard written.insert(layer.diffID).inserted else { return }
        try target.begin(blobName(layer.diffID), size: layer.tarSize)
        let replayer = try LayerReplayer(directory: layer.directory)
        guard replayer.tarSize == layer.tarSize, replayer.diffID == layer.diffID else {
            throw ArchiveError.digestMismatch(expected: layer.diffID, actual: replayer.diffID)
        }
        var hasher = SHA256()
        try replayer.forEachPiece { bytes in
            hasher.update(bufferPointer: bytes)
            try target.write(bytes)
        }
        let digest = BlobDigest(hasher.finalize())
        guard digest == layer.diffID else {
            throw ArchiveError.digestMismatch(expected: layer.diffID, actual: digest)
        }
    }

    private func blobName(_ digest: BlobDigest) -> String {
        form.kind == .flat ? digest.hex : "blobs/sha256/\(digest.hex)"
    }

    private mutating func addBlob(_ bytes: [UInt8], _ digest: BlobDigest) throws {
        guard written.insert(digest).inserted else { return }
        try addFile(blobName(digest), bytes)
    }

    private mutating func addFile(_ name: String, _ bytes: [UInt8]) throws {
        try target.begin(name, size: UInt64(bytes.count))
        try bytes.withUnsafeBytes { try target.write($0) }
    }
}

/// One image in Docker's `manifest.json`.
struct DockerArchiveEntry: Codable {
    var config: String
    var repoTags: [String]?
    var layers: [String]

    enum CodingKeys: String, CodingKey {
        case config = "Config"
        case repoTags = "RepoTags"
        case layers = "Layers"
    }
}
