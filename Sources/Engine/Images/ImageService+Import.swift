internal import BuildPlanning
internal import ContainerRuntime
internal import Diagnostics
internal import DockerfileSyntax
internal import LayerArchive
public import OCIModel
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
        let config = try Self.config(applying: request.changes)
        let imported = try store.importLayer(from: FileSource(descriptor: descriptor, name: name))
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

    /// The configuration that instructions such as `ENV A=b` make, planned exactly as a build from scratch would.
    static func config(applying changes: [String]) throws -> ContainerConfig {
        guard !changes.isEmpty else { return ContainerConfig() }
        let source = SourceText(name: "--change", text: "FROM scratch\n" + changes.joined(separator: "\n") + "\n")
        let parsed = parse(source)
        guard let dockerfile = parsed.dockerfile, let stage = dockerfile.stages.first, dockerfile.stages.count == 1
        else {
            let text = parsed.errors.isEmpty ? "only one image can be made" : parsed.errors[0].message
            throw ImageServiceError.badChange(text)
        }
        for instruction in stage.instructions {
            switch instruction.kind {
            case .cmd, .entrypoint, .env, .expose, .healthcheck, .label, .onbuild, .shell, .stopSignal, .user, .volume,
                .workdir:
                break
            default:
                let words = source.text(in: instruction.range)
                throw ImageServiceError.badChange("`\(words)` does more than edit the configuration")
            }
        }
        guard case .complete(let plan, _) = try BuildPlanner(PlanRequest(dockerfile: dockerfile)).plan(),
            let target = plan.targetStage
        else { throw ImageServiceError.badChange("it needs another image") }
        return target.config
    }
}
