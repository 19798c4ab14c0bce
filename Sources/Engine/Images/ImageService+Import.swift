internal import BuildPlanning
internal import ContainerRuntime
internal import LayerArchive
public import OCIModel
internal import Registry
internal import Storage

/// A root filesystem that becomes an image of one layer.
public struct ImportRequest: Sendable {
    /// The image's name, if any.
    public var reference: ImageReference?
    /// The platform of the files.
    public var platform = Platform.host
    /// Dockerfile instructions that only edit the configuration, such as `CMD ["sh"]`.
    public var changes: [String] = []
    /// A remark for the history.
    public var message = ""
    /// The time that stands for now, in seconds since 1970, as `SOURCE_DATE_EPOCH` has it.
    public var sourceDateEpoch: Int64?

    /// Describes an import under a name, or none.
    public init(reference: ImageReference?) { self.reference = reference }
}

extension ImageService {
    /// Makes an image of one layer from a tar stream, compressed or not, in one pass.
    ///
    /// - Parameters:
    ///   - descriptor: Where the stream is read from, to its end.
    ///   - name: What the source is called in the history and in errors.
    ///   - request: What to make of it.
    /// - Returns: The image's ID.
    /// - Throws: ``ImageServiceError/badChange(_:)``, and errors of the archive and the store.
    public func importImage(from descriptor: Int32, name: String, _ request: ImportRequest) throws -> BlobDigest {
        try importImage(FileSource(descriptor: descriptor, name: name), name: name, request)
    }

    /// Makes an image of one layer from a tar stream that is fetched from an address.
    ///
    /// - Throws: Besides the errors of ``importImage(from:name:_:)``, those of the web.
    public func importImage(
        fromAddress address: String,
        access: RegistryAccess,
        _ request: ImportRequest
    ) throws -> BlobDigest {
        let file = try WebFetcher(access.options).open(address)
        let source = ClosureSource { buffer in try file.read(into: buffer) }
        return try importImage(source, name: AddressText.withoutCredentials(address), request)
    }

    private func importImage(_ source: some ByteSource, name: String, _ request: ImportRequest) throws -> BlobDigest {
        let config = try ConfigChanges.apply(request.changes)
        let imported = try store.importLayer(from: source)
        let time = (request.sourceDateEpoch.map { Timestamp(seconds: $0) } ?? .now()).description
        let image = try ImageAssembly.assemble(
            config: config,
            author: nil,
            platform: request.platform,
            layers: [AssembledLayer(diffID: imported.layer.diffID, size: Int64(imported.layer.tarSize))],
            history: [
                HistoryEntry(
                    created: time,
                    comment: request.message.isEmpty ? "Imported from \(name)" : request.message
                )
            ],
            created: time
        )
        try store.writeBlob(image.config)
        try store.writeBlob(image.manifest)
        if let reference = request.reference {
            try store.setReference(reference.withDefaultTag, to: image.manifestDigest)
        } else {
            try store.addImage(manifest: image.manifestDigest)
        }
        return image.configDigest
    }
}
