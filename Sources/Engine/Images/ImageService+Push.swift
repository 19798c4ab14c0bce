public import OCIModel
internal import Registry
internal import Storage

extension ImageService {
    /// Sends an image to a registry: what is there is skipped, what is not is streamed out of the store.
    ///
    /// - Parameters:
    ///   - request: What to send, and where to.
    ///   - progress: Is called from several threads.
    /// - Returns: What the name stands for at the registry now.
    /// - Throws: Errors of the registry and of the store; the name at the registry stays as it was then.
    @discardableResult
    public func push(
        _ request: PushRequest,
        progress: @escaping @Sendable (PushProgress) -> Void = { _ in }
    ) throws -> Descriptor {
        let image = try held(request.image)
        let index = try (try? ImageReference(request.image)).flatMap { try store.reference($0)?.index }
        let client = RegistryClient(options: request.access.options)
        let repository = try client.repository(of: request.destination)
        let pusher = ImagePusher(
            store: store,
            client: client,
            repository: repository,
            request: request,
            progress: progress
        )
        let pushed = try client.failing(request.destination) {
            if let index { return try pusher.push(index: index, tag: request.destination.tag) }
            return try pusher.push(image, tag: request.destination.tag)
        }
        // The digest stays known as a name of its own, as after a pull.
        let destination = request.destination
        let pinned = try ImageReference("\(destination.domain)/\(destination.path)@\(pushed.digest)")
        try store.setReference(pinned, to: image.manifestDigest)
        context.note("push", type: "image", destination.familiar, ["name": destination.familiar])
        return pushed
    }

    /// Finds out what a push would move, without moving anything.
    ///
    /// - Throws: Errors of the registry and of the store.
    public func pushPlan(_ request: PushRequest) throws -> PushPlan {
        let image = try held(request.image)
        let client = RegistryClient(options: request.access.options)
        let repository = try client.repository(of: request.destination)
        let pusher = ImagePusher(store: store, client: client, repository: repository, request: request) { _ in }
        let index = try (try? ImageReference(request.image)).flatMap { try store.reference($0)?.index }
        return try client.failing(request.destination) {
            // A name for several platforms is pushed whole.
            let images = try index.map { try pusher.images(ofIndex: $0) } ?? [image]
            return PushPlan(destination: request.destination.canonical, layers: try pusher.plan(images))
        }
    }

    /// The tags that a repository's images have here, in the order of their text.
    public func tags(of repository: ImageReference) throws -> [ImageReference] {
        try store.references().map(\.reference).filter {
            $0.domain == repository.domain && $0.path == repository.path && $0.tag != nil && $0.digest == nil
        }
    }

    /// Sends several images and one index that names them, as one name for several platforms.
    ///
    /// - Parameters:
    ///   - images: The images here, by name or ID.
    ///   - annotations: Annotations of the index.
    ///   - request: Where to, and how; its own image is not looked at.
    ///   - progress: Is called from several threads.
    /// - Returns: The index at the registry.
    /// - Throws: Errors of the registry and of the store.
    @discardableResult
    public func pushIndex(
        of images: [String],
        annotations: [String: String]? = nil,
        _ request: PushRequest,
        progress: @escaping @Sendable (PushProgress) -> Void = { _ in }
    ) throws -> Descriptor {
        let stored = try images.map(held)
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
            let children = try stored.map { image in
                var child = try pusher.push(image, tag: nil)
                child.platform = try store.config(image.id).platform
                return child
            }
            let index = ImageIndex(manifests: children, annotations: annotations)
            let document = PushManifest(bytes: try CanonicalJSON.encode(index), mediaType: MediaType.index)
            return try repository.putManifest(document, tag: request.destination.tag)
        }
    }
}
