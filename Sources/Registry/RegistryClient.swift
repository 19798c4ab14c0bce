public import OCIModel
internal import Synchronization

/// Fetches images from registries that speak the OCI distribution protocol, and pushes them there.
///
/// Nothing that a registry says is believed before its digest was checked.
///
/// - Important: Every method blocks on the network; connections are shared by all threads that use one client.
public final class RegistryClient: Sendable {
    let options: RegistryOptions
    let http: HTTPClient
    private let rules = Mutex<RegistryRules?>(nil)

    private static let manifestLimit = 4 << 20
    private static let configLimit = 8 << 20
    private static let indexDepth = 2

    /// Makes a client that has not connected to anything yet.
    public init(options: RegistryOptions = RegistryOptions()) {
        self.options = options
        http = HTTPClient(proxies: options.proxies, patience: options.patience)
    }

    /// What configuration files say, which are read when the first registry is asked.
    func configuration() throws(RegistryError) -> RegistryRules {
        if let known = rules.withLock({ $0 }) { return known }
        do throws(RegistryConfigurationError) {
            let read = try RegistryRules(options.configuration)
            rules.withLock { $0 = read }
            return read
        } catch {
            throw .configuration(error)
        }
    }

    /// Finds out what a reference means on a platform: fetches and checks the manifest and the configuration.
    public func resolve(_ image: ImageReference, platform: Platform) throws(RegistryError) -> RemoteImage {
        try resolve(source(image) { _, _ in }, platform).image
    }

    /// The places that have an image.
    func source(
        _ image: ImageReference,
        skipped: @escaping @Sendable (_ registry: String, _ reason: String) -> Void
    ) throws(RegistryError) -> RegistrySource {
        let rules = try configuration()
        let endpoints: [RegistryEndpoint]
        do throws(RegistryConfigurationError) {
            endpoints = try rules.endpoints(reading: image)
        } catch {
            throw .configuration(error)
        }
        return RegistrySource(image, endpoints: endpoints, client: http, options: options, skipped: skipped)
    }

    /// Resolves an image at the first place that has it.
    private func resolve(
        _ source: RegistrySource,
        _ platform: Platform
    ) throws(RegistryError) -> (image: RemoteImage, place: Int) {
        var place = source.first
        while true {
            do throws(RegistryError) {
                return (try resolve(source.image, platform, source.connection(place)), place)
            } catch {
                place = try source.place(after: place, error)
            }
        }
    }

    /// Fetches the manifest or the index that a reference names, checked against the digest in it.
    public func manifest(_ image: ImageReference) throws(RegistryError) -> [UInt8] {
        let connection = try RegistryConnection(image: image, client: http, options: options)
        let bytes = try fetchManifest(image.digest?.description ?? image.tag ?? "latest", connection).bytes
        let actual = BlobDigest(hashing: bytes)
        if let expected = image.digest, expected != actual {
            throw .digestMismatch(image: image, expected: expected, actual: actual)
        }
        return bytes
    }

    /// Fetches an image into `receiver`, layers at the same time as each other.
    ///
    /// - Parameters:
    ///   - image: Which image; without tag and digest it is `latest`.
    ///   - platform: Which of its variants.
    ///   - receiver: Where the layers go; the documents are in the returned value.
    ///   - progress: Is called from several threads.
    /// - Returns: What was fetched.
    /// - Throws: ``RegistryError``, or what the receiver throws.
    public func pull(
        _ image: ImageReference,
        platform: Platform,
        into receiver: some BlobReceiver,
        progress: @escaping @Sendable (PullEvent) -> Void = { _ in }
    ) throws -> RemoteImage {
        let source = try source(image) { progress(.placeSkipped(registry: $0, reason: $1)) }
        let (remote, place) = try resolve(source, platform)
        progress(.resolved(remote))
        let pairs = Array(zip(remote.manifest.layers, remote.config.rootfs.diffIDs))
        // A layer may occur twice in an image, but it need not be fetched twice.
        var seen: Set<BlobDigest> = []
        let layers = pairs.filter { seen.insert($0.1).inserted }
        try receiver.expect(layers.map { (blob: $0.0, diffID: $0.1) })
        try WorkerPool.forEach(layers, width: options.parallelBlobs) { descriptor, diffID in
            if try receiver.hasLayer(diffID, as: descriptor) {
                progress(.layerExists(descriptor.digest))
                return
            }
            progress(.layerStarted(descriptor.digest, size: descriptor.size))
            let stream = BlobStream(descriptor, source: source, place: place) { offset in
                progress(.layerProgress(descriptor.digest, received: offset))
            }
            try receiver.receiveLayer(stream, diffID: diffID)
            progress(.layerFinished(descriptor.digest))
        }
        return remote
    }

    private func resolve(
        _ image: ImageReference,
        _ platform: Platform,
        _ connection: RegistryConnection
    ) throws(RegistryError) -> RemoteImage {
        let name = image.digest.map(\.description) ?? image.tag ?? "latest"
        var (bytes, type) = try fetchManifest(name, connection)
        let root = BlobDigest(hashing: bytes)
        if let expected = image.digest, expected != root {
            throw .digestMismatch(image: image, expected: expected, actual: root)
        }
        for _ in 0...Self.indexDepth {
            switch try ManifestDocument(bytes, contentType: type, image: image) {
            case .manifest(let manifest):
                return try finish(manifest, bytes: bytes, root: root, platform, connection)
            case .index(let index):
                guard let child = index.manifest(for: platform) else {
                    let available = index.manifests.compactMap(\.platform).filter { $0.os != "unknown" }
                    let names = Array(Set(available.map(\.description))).sorted()
                    throw .noPlatform(image: image, wanted: platform, available: names)
                }
                (bytes, type) = try fetchManifest(child.digest.description, connection)
                let actual = BlobDigest(hashing: bytes)
                guard actual == child.digest else {
                    throw .digestMismatch(image: image, expected: child.digest, actual: actual)
                }
                guard bytes.count == child.size else {
                    throw .sizeMismatch(
                        image: image,
                        digest: child.digest,
                        expected: child.size,
                        actual: Int64(bytes.count)
                    )
                }
            }
        }
        throw .badDocument(image: image, reason: "its indexes are nested too deeply")
    }

    private func fetchManifest(
        _ name: String,
        _ connection: RegistryConnection
    ) throws(RegistryError) -> (bytes: [UInt8], type: String?) {
        let accept = HTTPHeader(name: "Accept", value: MediaType.manifests.joined(separator: ", "))
        let response = try connection.get("manifests/\(name)", headers: [accept])
        do throws(HTTPFailure) {
            return (try response.readAll(limit: Self.manifestLimit), response.header("content-type"))
        } catch .tooLong(let limit) {
            throw .tooLarge(image: connection.image, document: "manifest", limit: limit)
        } catch {
            throw connection.explained(error)
        }
    }

    private func finish(
        _ manifest: ImageManifest,
        bytes: [UInt8],
        root: BlobDigest,
        _ platform: Platform,
        _ connection: RegistryConnection
    ) throws(RegistryError) -> RemoteImage {
        let image = connection.image
        guard [MediaType.config, MediaType.dockerConfig].contains(manifest.config.mediaType) else {
            throw .notAnImage(image: image, kind: manifest.artifactType ?? manifest.config.mediaType)
        }
        for layer in manifest.layers {
            guard MediaType.isLayer(layer.mediaType) else {
                // Layers that registries do not give out, which only Windows images ever had.
                let isForeign = layer.mediaType.contains("foreign") || layer.mediaType.contains("nondistributable")
                let kind =
                    isForeign
                    ? "kind `\(layer.mediaType)`, which comes from elsewhere" : "unknown kind `\(layer.mediaType)`"
                throw .badDocument(image: image, reason: "it has a layer of the \(kind)")
            }
            guard layer.size >= 0 else { throw .badDocument(image: image, reason: "a layer has a negative size") }
        }
        let stream = BlobStream(manifest.config, source: RegistrySource(connection), place: 0)
        let configBytes = try stream.readAll(limit: Self.configLimit, document: "configuration")
        let config: ImageConfig
        do {
            config = try CanonicalJSON.decode(ImageConfig.self, from: configBytes)
        } catch {
            throw .badDocument(image: image, reason: "its configuration lacks a field or has a malformed one")
        }
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw .badDocument(
                image: image,
                reason: "it has \(manifest.layers.count) layers but names \(config.rootfs.diffIDs.count)"
            )
        }
        // An index was already searched for the platform; a lone manifest tells its platform only here.
        let isAlone = root == BlobDigest(hashing: bytes)
        guard platform.matches(config.platform) || isAlone && options.takesOtherPlatforms else {
            throw .noPlatform(image: image, wanted: platform, available: [config.platform.description])
        }
        return RemoteImage(
            reference: image,
            manifestDigest: BlobDigest(hashing: bytes),
            rootDigest: root,
            manifestBytes: bytes,
            configBytes: configBytes,
            manifest: manifest,
            config: config
        )
    }
}
