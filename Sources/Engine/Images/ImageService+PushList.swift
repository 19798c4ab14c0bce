public import OCIModel
internal import Registry
internal import Storage

extension ImageService {
    /// Sends a list and the images that it names; what it says about them stays.
    ///
    /// - Parameters:
    ///   - request: Which list, and where to.
    ///   - progress: Is called from several threads.
    /// - Returns: What the name stands for at the registry now.
    /// - Throws: ``ManifestListError``, errors of the registry and of the store.
    @discardableResult
    public func pushList(
        _ request: PushRequest,
        progress: @escaping @Sendable (PushProgress) -> Void = { _ in }
    ) throws -> Descriptor {
        var index = try list(ImageReference(request.image))
        guard !index.manifests.isEmpty else { throw ManifestListError.empty(request.image) }
        let client = RegistryClient(options: request.access.options)
        let repository = try client.repository(of: request.destination)
        let pusher = ImagePusher(
            store: store,
            client: client,
            repository: repository,
            request: request,
            progress: progress
        )
        return try client.failing(request.destination) {
            for place in index.manifests.indices {
                let member = index.manifests[place]
                let id = try store.manifest(member.digest).config.digest
                // Layers may leave in another form than they have here, and the manifest says so.
                var sent = try pusher.push(StoredImage(id: id, manifestDigest: member.digest), tag: nil)
                sent.platform = member.platform
                sent.annotations = member.annotations
                index.manifests[place] = sent
            }
            let document = PushManifest(
                bytes: try CanonicalJSON.encode(index),
                mediaType: index.mediaType ?? MediaType.index
            )
            return try repository.putManifest(document, tag: request.destination.tag)
        }
    }

    /// The manifest or the index that a registry has under a name, as it is there.
    ///
    /// - Throws: Errors of the registry.
    public func remoteManifest(_ name: ImageReference, access: RegistryAccess) throws -> [UInt8] {
        try RegistryClient(options: access.options).manifest(name.withDefaultTag)
    }
}
