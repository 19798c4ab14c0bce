public import OCIModel

extension RegistryClient {
    /// Opens the repository of `image` for reading, and for writing unless `isReadOnly`.
    ///
    /// - Throws: ``RegistryError/pushFailed(image:cause:)`` when the registry cannot be reached or lets nobody in.
    public func repository(of image: ImageReference, isReadOnly: Bool = false) throws(RegistryError) -> RemoteRepository
    {
        do {
            let connection = try RegistryConnection(
                image: image,
                endpoint: endpoint(writing: image),
                access: isReadOnly ? .pull : .push,
                client: http,
                options: options
            )
            return RemoteRepository(connection, pieceSize: options.pieceSize)
        } catch .configuration(let error) {
            throw .configuration(error)
        } catch {
            throw .pushFailed(image: image, cause: error)
        }
    }

    private func endpoint(writing image: ImageReference) throws(RegistryError) -> RegistryEndpoint {
        let rules = try configuration()
        do throws(RegistryConfigurationError) { return try rules.endpoint(writing: image) } catch {
            throw .configuration(error)
        }
    }

    /// Sends an image, or an index with its images: blobs at the same time as each other, manifests when they are there,
    /// and what the reference names last.
    ///
    /// - Parameters:
    ///   - image: Where to; without tag and digest it is `latest`.
    ///   - manifest: What the reference will name.
    ///   - children: The manifests that it names when it is an index.
    ///   - source: Supplies the blobs of all of them that the registry does not have.
    ///   - origins: Repositories of the same registry that may have a blob.
    ///   - progress: Is called from several threads.
    /// - Returns: The descriptor of what the reference names now.
    /// - Throws: ``RegistryError/pushFailed(image:cause:)``, or what the source throws.
    @discardableResult
    public func push(
        _ image: ImageReference,
        _ manifest: PushManifest,
        children: [PushManifest] = [],
        from source: some BlobSource,
        origins: @escaping @Sendable (BlobDigest) -> [String] = { _ in [] },
        progress: @escaping @Sendable (PushEvent) -> Void = { _ in }
    ) throws -> Descriptor {
        let repository = try repository(of: image)
        return try failing(image) {
            var seen: Set<BlobDigest> = []
            let blobs = (children + [manifest]).flatMap(\.blobs).filter { seen.insert($0.digest).inserted }
            try WorkerPool.forEach(blobs, width: options.parallelBlobs) { blob in
                try repository.upload(blob, from: source, origins: origins(blob.digest), progress: progress)
            }
            for child in children { progress(.manifestFinished(try repository.putManifest(child, tag: nil))) }
            let tag = image.digest == nil ? image.tag ?? "latest" : image.tag
            let descriptor = try repository.putManifest(manifest, tag: tag)
            progress(.manifestFinished(descriptor))
            return descriptor
        }
    }

    /// Runs a part of a push, whose errors then say so.
    public func failing<Value>(_ image: ImageReference, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as RegistryError {
            switch error {
            case .pushFailed, .contentChanged, .overLimit, .noCredentials, .libraryMissing, .configuration: throw error
            default: throw RegistryError.pushFailed(image: image, cause: error)
            }
        }
    }

    /// Does something with each item on as many threads as blobs may move at once.
    ///
    /// After an error no further item is begun; the first error is thrown when all have stopped.
    public func forEachInParallel<Item: Sendable>(
        _ items: [Item],
        _ body: @escaping @Sendable (Item) throws -> Void
    ) throws {
        try WorkerPool.forEach(items, width: options.parallelBlobs, body)
    }
}
