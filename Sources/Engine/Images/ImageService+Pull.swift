internal import LayerArchive
public import OCIModel
internal import Registry
internal import Storage
internal import SystemPackage

/// What to fetch, and how registries may be reached.
public struct PullRequest: Sendable {
    /// Which image.
    public var reference: ImageReference
    /// Which of its variants.
    public var platform: Platform
    /// Whether the tag stands for what was fetched from then on.
    public var movesTag = true
    var options: RegistryOptions

    /// Describes a pull.
    public init(_ reference: ImageReference, platform: Platform = .host, access: RegistryAccess) {
        self.reference = reference.withDefaultTag
        self.platform = platform
        options = access.options
    }

    /// Describes a pull as the environment has it; see ``RegistryAccess``.
    public init(
        _ reference: ImageReference,
        platform: Platform = .host,
        verifiesTLS: Bool = true,
        environment: (String) -> String?
    ) {
        let access = RegistryAccess(verifiesTLS: verifiesTLS, environment: environment)
        self.init(reference, platform: platform, access: access)
    }
}

/// What a pull has brought.
public struct PulledImage: Equatable, Sendable {
    /// The image.
    public let image: ImageHandle
    /// The digest of what the reference names, which may be an index.
    public let digest: BlobDigest
    /// Whether the name stood for something else before, or for nothing.
    public let isNew: Bool
}

/// A fact about a pull under way, for those who watch.
public enum PullProgress: Sendable {
    /// A mirror did not do, and the next place is asked.
    case placeSkipped(registry: String, reason: String)
    /// The image is known: its layers' blobs and their sizes.
    case resolved([(blob: BlobDigest, size: Int64)])
    /// A layer is here already.
    case exists(BlobDigest)
    /// A layer of `size` bytes begins to arrive.
    case started(BlobDigest, size: Int64)
    /// So many bytes of a layer have arrived.
    case received(BlobDigest, bytes: Int64)
    /// A layer has arrived and is unpacked.
    case finished(BlobDigest)
}

/// When an image is fetched that may be here already.
public enum PullPolicy: String, CaseIterable, Sendable {
    /// Only when it is not here.
    case missing
    /// Every time.
    case always
    /// Not at all.
    case never
}

extension ImageService {
    /// Fetches an image and gives it its name.
    ///
    /// - Parameters:
    ///   - request: What to fetch.
    ///   - progress: Is called from several threads.
    /// - Returns: The image, whose name stands for it now.
    /// - Throws: Errors of the registry, of the archive and of the store; no name is changed then.
    public func pull(
        _ request: PullRequest,
        progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) throws -> PulledImage {
        let reference = request.reference
        // Another manifest of the same image, such as that of a push before, is nothing new; one that is damaged is.
        let before = try? store.image(named: reference)?.id
        let client = RegistryClient(options: request.options)
        let remote = try client.pull(
            reference,
            platform: request.platform,
            into: StoreReceiver(store: store, reference: reference)
        ) { event in
            switch event {
            case .placeSkipped(let registry, let reason): progress(.placeSkipped(registry: registry, reason: reason))
            case .resolved(let remote):
                progress(.resolved(remote.manifest.layers.map { (blob: $0.digest, size: $0.size) }))
            case .layerExists(let digest): progress(.exists(digest))
            case .layerStarted(let digest, let size): progress(.started(digest, size: size))
            case .layerProgress(let digest, let received): progress(.received(digest, bytes: received))
            case .layerFinished(let digest): progress(.finished(digest))
            }
        }
        try store.writeBlob(remote.configBytes)
        try store.writeBlob(remote.manifestBytes)
        // The digest stays known as a name of its own, so that `NAME@sha256:…` is found without the registry.
        let pinned = try ImageReference("\(reference.domain)/\(reference.path)@\(remote.rootDigest)")
        try store.setReference(pinned, to: remote.manifestDigest)
        if reference.tag != nil, request.movesTag {
            var tagged = reference
            tagged.digest = nil
            try store.setReference(tagged, to: remote.manifestDigest)
        }
        let handle = ImageHandle(
            id: remote.manifest.config.digest,
            manifestDigest: remote.manifestDigest,
            config: remote.config
        )
        context.note("pull", type: "image", reference.familiar, ["name": reference.familiar])
        return PulledImage(image: handle, digest: remote.rootDigest, isNew: before != remote.manifest.config.digest)
    }

    /// The tags that a repository has at its registry.
    ///
    /// - Throws: Errors of the registry.
    public func remoteTags(of repository: ImageReference, access: RegistryAccess) throws -> [String] {
        try RegistryClient(options: access.options).tags(of: repository)
    }

    /// Finds an image by name or ID, and fetches it as far as `policy` allows.
    ///
    /// - Throws: ``ImageServiceError/notHere(_:)`` when it may not be fetched, or the errors of the registry, whose
    ///   remedy tells how to make a base image without one.
    public func resolve(
        _ name: String,
        platform: Platform = .host,
        policy: PullPolicy = .missing,
        verifiesTLS: Bool = true,
        environment: (String) -> String?,
        progress: @escaping @Sendable (PullProgress) -> Void = { _ in }
    ) throws -> ImageHandle {
        let local: ImageHandle?
        do {
            let ours = try (try? ImageReference(name)).flatMap { try store.image(named: $0, platform: platform) }
            local = try handle(ours ?? store.resolve(name))
        } catch StorageError.imageNotFound {
            local = nil
        }
        if policy != .always, let local {
            if platform.matches(local.config.platform) { return local }
            if policy == .never {
                throw ImageServiceError.wrongPlatform(name, wanted: platform, actual: local.config.platform)
            }
        }
        if policy == .never { throw ImageServiceError.notHere(name) }
        let request = PullRequest(
            try ImageReference(name),
            platform: platform,
            verifiesTLS: verifiesTLS,
            environment: environment
        )
        return try pull(request, progress: progress).image
    }

    /// Reads an image's configuration.
    func handle(_ image: StoredImage) throws -> ImageHandle {
        ImageHandle(id: image.id, manifestDigest: image.manifestDigest, config: try store.config(image.id))
    }
}

/// Unpacks fetched layers into the store, each in one pass.
private struct StoreReceiver: BlobReceiver {
    let store: ImageStore
    let reference: ImageReference

    func hasLayer(_ diffID: BlobDigest, as blob: Descriptor) throws -> Bool {
        guard try store.layer(diffID) != nil else { return false }
        let origin = LayerOrigin(registry: reference.domain, repository: reference.path, digest: blob.digest)
        // A push back to where the image is needs no compression to find out that the layer is there.
        if blob.digest == diffID {
            try store.remember(origin, of: diffID)
        } else if let format = MediaType.compression(of: blob.mediaType).flatMap(CompressionFormat.init(rawValue:)) {
            let claim = LayerClaim(origin: origin, format: format, size: UInt64(clamping: blob.size))
            try store.remember(claim, of: diffID)
        }
        return true
    }

    /// Refuses what cannot fit, before an hour of it has come.
    ///
    /// Compressed layers take more room than their blobs; how much more nobody knows before.
    func expect(_ layers: [(blob: Descriptor, diffID: BlobDigest)]) throws {
        var needed: Int64 = 0
        for (blob, diffID) in layers where try store.tarSize(of: diffID) == nil {
            let left = max(0, blob.size - Int64(clamping: try store.arrivedBytes(of: blob.digest)))
            // What registries claim may be nonsense, which shows soon enough.
            needed = needed.addingReportingOverflow(left).overflow ? .max : needed + left
        }
        try DiskEstimate.check(needed, at: store.root.string) { .noRoom("fetch", reference.familiar, $0) }
    }

    func receiveLayer(_ stream: BlobStream, diffID: BlobDigest) throws {
        var stream = stream
        while true {
            let blob = stream.descriptor
            let download = try store.beginDownload(of: blob.digest, size: blob.size)
            // Somebody else may have brought it while we waited for our turn.
            if try store.layer(diffID) != nil { return }
            do {
                try receive(stream, download, diffID)
                return
            } catch  where download.received > 0 && Self.isAboutContent(error) {
                // What an earlier attempt left was no beginning of this blob, or the disk has lost some of it.
                try download.discard()
                stream = stream.again()
            }
        }
    }

    private func receive(_ stream: BlobStream, _ download: LayerDownload, _ diffID: BlobDigest) throws {
        stream.resume(at: Int64(download.received), validator: download.validator)
        let source = ClosureSource { buffer in
            let count = try stream.read(into: buffer)
            try download.note(validator: stream.validator)
            return count
        }
        let imported = try download.receive(source, diffID: diffID, size: stream.descriptor.size)
        let origin = LayerOrigin(
            registry: reference.domain,
            repository: reference.path,
            digest: imported.compressedDigest
        )
        try store.remember(origin, of: diffID)
    }

    private static func isAboutContent(_ error: any Error) -> Bool {
        switch error {
        case ArchiveError.system, ArchiveError.libraryMissing: false
        case is ArchiveError: true
        case RegistryError.sizeMismatch, RegistryError.blobChanged: true
        default: false
        }
    }
}
