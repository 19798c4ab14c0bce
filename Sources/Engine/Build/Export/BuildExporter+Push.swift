internal import OCIModel
internal import Registry
internal import Storage

extension BuildExporter {
    /// Sends the image to the registries of all its names.
    ///
    /// - Returns: What the last name stands for at its registry.
    func push(_ image: ExportedImage, names: [ImageReference], vertex: Int) throws -> Descriptor {
        guard !names.isEmpty else { throw ExportError.nothingToPush }
        var pushed = image.root
        let access = try RegistryAccess(request.registry, environment: environment)
        let report = progress.sink
        for name in names {
            progress.emit(.note(vertex: vertex, "pushing \(name.withDefaultTag.canonical)"))
            let destination = name.withDefaultTag
            let client = RegistryClient(options: access.options)
            let pusher = ImagePusher(
                store: store,
                client: client,
                repository: try client.repository(of: destination),
                request: try PushRequest(destination.canonical, to: destination, access: access)
            ) { event in
                if case .started(_, let size) = event {
                    report(.progress(vertex: vertex, what: "pushing", bytes: 0, total: size))
                }
            }
            pushed = try client.failing(destination) {
                try send(image, with: pusher, tag: destination.tag)
            }
        }
        return pushed
    }

    /// Sends manifests first and the index that names them last.
    private func send(_ image: ExportedImage, with pusher: ImagePusher, tag: String?) throws -> Descriptor {
        guard var index = image.index else {
            var descriptor = try pusher.push(image.platforms[0].stored, tag: tag)
            descriptor.platform = image.root.platform
            return descriptor
        }
        index.manifests = try image.platforms.map { platform in
            // Compression at the registry may have given the manifest another digest.
            var child = try pusher.push(platform.stored, tag: nil)
            child.platform = platform.descriptor.platform
            child.annotations = platform.descriptor.annotations
            return child
        }
        let type = index.mediaType ?? MediaType.index
        let document = PushManifest(bytes: try CanonicalJSON.encode(index), mediaType: type)
        return try pusher.repository.putManifest(document, tag: tag)
    }
}
