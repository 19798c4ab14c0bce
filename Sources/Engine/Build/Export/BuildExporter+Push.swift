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
                try send(image, with: pusher, destination)
            }
        }
        return pushed
    }

    /// Sends manifests first and the index that names them last.
    private func send(_ image: ExportedImage, with pusher: ImagePusher, _ name: ImageReference) throws -> Descriptor {
        let tag = name.tag
        guard var index = image.index ?? provenance.map({ _ in ImageIndex(manifests: []) }) else {
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
        if let provenance {
            // Behind the images, whose digests they name.
            for (build, child) in zip(builds, index.manifests) {
                let statement = try provenance.statement(build, request, names: [name], image: child.digest)
                index.manifests.append(try attach(statement, to: child.digest, pusher.repository))
            }
        }
        let type = index.mediaType ?? MediaType.index
        let document = PushManifest(bytes: try CanonicalJSON.encode(index), mediaType: type)
        return try pusher.repository.putManifest(document, tag: tag)
    }

    /// Sends a statement about an image.
    private func attach(
        _ statement: [UInt8],
        to image: BlobDigest,
        _ repository: RemoteRepository
    ) throws -> Descriptor {
        let manifest = try AttestationManifest(
            statement: statement,
            predicateType: ProvenanceStatement.predicateType
        )
        _ = try repository.upload(document: statement, mediaType: ProvenanceStatement.mediaType)
        _ = try repository.upload(document: manifest.config, mediaType: MediaType.config)
        try repository.putManifest(PushManifest(bytes: manifest.manifest, mediaType: MediaType.manifest), tag: nil)
        return manifest.descriptor(of: image)
    }
}
