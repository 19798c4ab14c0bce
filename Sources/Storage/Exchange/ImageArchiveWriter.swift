internal import Crypto
public import LayerArchive
public import OCIModel

extension ImageStore {
    /// Writes images as one tar stream in OCI image layout, with Docker's `manifest.json` beside for older loaders.
    ///
    /// Layers are replayed uncompressed straight out of their trees; the manifests are rewritten to say so. The stream
    /// depends on nothing but the images and names.
    ///
    /// - Parameters:
    ///   - images: The images and the names that the archive gives them; an image may have none.
    ///   - sink: Receives the stream, and is ended.
    /// - Returns: The sink's receipt.
    /// - Throws: ``StorageError`` and ``ArchiveError`` when something is missing or damaged.
    public func writeArchive<Sink: ByteSink & ~Copyable>(
        of images: [(image: StoredImage, names: [ImageReference])],
        into sink: consuming Sink
    ) throws -> Sink.Receipt {
        var writer = ImageArchiveWriter(sink: sink, store: self)
        for (image, names) in images { try writer.add(image, names: names) }
        return try writer.finish()
    }
}

/// The state of one archive: what is in it already, and what its documents will say.
private struct ImageArchiveWriter<Sink: ByteSink & ~Copyable>: ~Copyable {
    private var sink: Sink
    private let store: ImageStore
    private var written: Set<BlobDigest> = []
    private var manifests: [Descriptor] = []
    private var dockerEntries: [DockerArchiveEntry] = []

    init(sink: consuming Sink, store: ImageStore) {
        self.sink = sink
        self.store = store
    }

    mutating func add(_ image: StoredImage, names: [ImageReference]) throws {
        let configBytes = try store.readBlob(image.id)
        let config = try store.config(image.id)
        let stored = try store.manifest(image.manifestDigest)
        var layers: [Descriptor] = []
        for diffID in config.rootfs.diffIDs {
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            layers.append(Descriptor(mediaType: MediaType.layer, digest: diffID, size: Int64(layer.tarSize)))
            try add(layer)
        }
        let configDescriptor = Descriptor(
            mediaType: MediaType.config,
            digest: image.id,
            size: Int64(configBytes.count)
        )
        let manifest = ImageManifest(config: configDescriptor, layers: layers, annotations: stored.annotations)
        let manifestBytes = try CanonicalJSON.encode(manifest)
        try addBlob(configBytes, image.id)
        let digest = BlobDigest(hashing: manifestBytes)
        try addBlob(manifestBytes, digest)
        for name in names.isEmpty ? [nil] : names.map(Optional.some) {
            var descriptor = Descriptor(mediaType: MediaType.manifest, digest: digest, size: Int64(manifestBytes.count))
            descriptor.platform = config.platform
            if let name {
                // containerd reads the full name, other tools the tag (OCI image-spec, annotations.md).
                descriptor.annotations = [
                    "io.containerd.image.name": name.withDefaultTag.canonical,
                    "org.opencontainers.image.ref.name": name.withDefaultTag.tag ?? name.canonical,
                ]
            }
            manifests.append(descriptor)
        }
        dockerEntries.append(
            DockerArchiveEntry(
                config: "blobs/sha256/\(image.id.hex)",
                repoTags: names.map { $0.withDefaultTag.familiar },
                layers: config.rootfs.diffIDs.map { "blobs/sha256/\($0.hex)" }
            )
        )
    }

    consuming func finish() throws -> Sink.Receipt {
        try addFile("index.json", CanonicalJSON.encode(ImageIndex(manifests: manifests)))
        try addFile("manifest.json", CanonicalJSON.encode(dockerEntries))
        try addFile("oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        try TarHeaderEncoder.endOfArchive.withUnsafeBytes { try sink.write($0) }
        return try sink.finish()
    }

    private mutating func add(_ layer: StoredLayer) throws {
        guard written.insert(layer.diffID).inserted else { return }
        try addHeader("blobs/sha256/\(layer.diffID.hex)", size: layer.tarSize)
        let replayer = try LayerReplayer(directory: layer.directory)
        guard replayer.tarSize == layer.tarSize, replayer.diffID == layer.diffID else {
            throw ArchiveError.digestMismatch(expected: layer.diffID, actual: replayer.diffID)
        }
        var hasher = SHA256()
        try replayer.forEachPiece { bytes in
            hasher.update(bufferPointer: bytes)
            try sink.write(bytes)
        }
        let digest = BlobDigest(hasher.finalize())
        guard digest == layer.diffID else {
            throw ArchiveError.digestMismatch(expected: layer.diffID, actual: digest)
        }
        try addPadding(layer.tarSize)
    }

    private mutating func addBlob(_ bytes: [UInt8], _ digest: BlobDigest) throws {
        guard written.insert(digest).inserted else { return }
        try addFile("blobs/sha256/\(digest.hex)", bytes)
    }

    private mutating func addFile(_ name: String, _ bytes: [UInt8]) throws {
        try addHeader(name, size: UInt64(bytes.count))
        try bytes.withUnsafeBytes { try sink.write($0) }
        try addPadding(UInt64(bytes.count))
    }

    private mutating func addHeader(_ name: String, size: UInt64) throws {
        var entry = TarEntry(name, kind: .file)
        entry.size = size
        try TarHeaderEncoder.encode(entry).withUnsafeBytes { try sink.write($0) }
    }

    private mutating func addPadding(_ size: UInt64) throws {
        try [UInt8](repeating: 0, count: Int((512 - size % 512) % 512)).withUnsafeBytes { try sink.write($0) }
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
