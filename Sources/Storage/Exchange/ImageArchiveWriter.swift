internal import Crypto
public import LayerArchive
internal import OCIModel
internal import SystemPackage

extension ImageStore {
    /// Writes images as one tar stream in OCI image layout, with Docker's `manifest.json` beside for older loaders.
    ///
    /// Layers are replayed uncompressed straight out of their trees; manifests that say something else are rewritten.
    /// The stream depends on nothing but the images and names.
    ///
    /// - Parameters:
    ///   - images: The images and the names that the archive gives them.
    ///   - forDocker: Whether `manifest.json` is written.
    ///   - sink: Receives the stream, and is ended.
    /// - Returns: The sink's receipt.
    /// - Throws: ``StorageError`` and ``ArchiveError`` when something is missing or damaged.
    public func writeArchive<Sink: ByteSink & ~Copyable>(
        of images: [ArchiveImage],
        forDocker: Bool = true,
        into sink: consuming Sink
    ) throws -> Sink.Receipt {
        var writer = ImageLayoutWriter(target: TarTarget(sink), store: self, forDocker: forDocker)
        for image in images { try writer.add(image) }
        return try writer.finish()
    }

    /// Writes images as an OCI image layout in a directory, which is made when it is missing; `index.json` comes last.
    public func writeLayout(of images: [ArchiveImage], into directory: String) throws {
        var writer = ImageLayoutWriter(target: try DirectoryTarget(directory), store: self, forDocker: false)
        for image in images { try writer.add(image) }
        try writer.finish()
    }
}

/// The state of one layout: what is in it already, and what its documents will say.
private struct ImageLayoutWriter<Target: LayoutTarget & ~Copyable>: ~Copyable {
    private var target: Target
    private let store: ImageStore
    private let forDocker: Bool
    private var written: Set<BlobDigest> = []
    private var roots: [Descriptor] = []
    private var dockerEntries: [DockerArchiveEntry] = []

    init(target: consuming Target, store: ImageStore, forDocker: Bool) {
        self.target = target
        self.store = store
        self.forDocker = forDocker
    }

    mutating func add(_ item: ArchiveImage) throws {
        var children: [Descriptor] = []
        for image in item.images {
            // Docker's form has no word for platforms: the first image of an index has the name.
            children.append(try add(image, names: children.isEmpty ? item.names : []))
        }
        guard var root = children.first else { return }
        if var index = item.index {
            index.manifests = zip(index.manifests, children).map { old, new in
                var new = new
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
        if forDocker { try addFile("manifest.json", CanonicalJSON.encode(dockerEntries)) }
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
            layers.append(Descriptor(mediaType: MediaType.layer, digest: diffID, size: Int64(layer.tarSize)))
            try add(layer)
        }
        try addBlob(configBytes, image.id)
        var bytes = try store.readBlob(image.manifestDigest)
        var mediaType = stored.mediaType ?? MediaType.manifest
        if stored.layers.map(\.digest) != config.rootfs.diffIDs {
            let configDescriptor = Descriptor(
                mediaType: MediaType.config,
                digest: image.id,
                size: Int64(configBytes.count)
            )
            let manifest = ImageManifest(config: configDescriptor, layers: layers, annotations: stored.annotations)
            bytes = try CanonicalJSON.encode(manifest)
            mediaType = MediaType.manifest
        }
        let digest = BlobDigest(hashing: bytes)
        try addBlob(bytes, digest)
        dockerEntries.append(
            DockerArchiveEntry(
                config: "blobs/sha256/\(image.id.hex)",
                repoTags: names.map { $0.withDefaultTag.familiar },
                layers: config.rootfs.diffIDs.map { "blobs/sha256/\($0.hex)" }
            )
        )
        return Descriptor(
            mediaType: mediaType,
            digest: digest,
            size: Int64(bytes.count),
            platform: config.platform
        )
    }

    private mutating func add(_ layer: StoredLayer) throws {
        guard written.insert(layer.diffID).inserted else { return }
        try target.begin("blobs/sha256/\(layer.diffID.hex)", size: layer.tarSize)
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

    private mutating func addBlob(_ bytes: [UInt8], _ digest: BlobDigest) throws {
        guard written.insert(digest).inserted else { return }
        try addFile("blobs/sha256/\(digest.hex)", bytes)
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
