internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// Edits an image's configuration by Dockerfile instructions, as `--change` of `import` and `commit` gives them.
enum ConfigChanges {
    private static let baseName = "image"

    /// The configuration that instructions such as `ENV A=b` make of another one, planned exactly as a build would.
    ///
    /// - Throws: ``ImageServiceError/badChange(_:)``.
    static func apply(_ changes: [String], to base: ContainerConfig = ContainerConfig()) throws -> ContainerConfig {
        guard !changes.isEmpty else { return base }
        let source = SourceText(name: "--change", text: "FROM \(baseName)\n" + changes.joined(separator: "\n") + "\n")
        let parsed = parse(source)
        guard let dockerfile = parsed.dockerfile, let stage = dockerfile.stages.first, dockerfile.stages.count == 1
        else {
            let text = parsed.errors.isEmpty ? "only one image can be made" : parsed.errors[0].message
            throw ImageServiceError.badChange(text)
        }
        for instruction in stage.instructions where !isMetadata(instruction.kind) {
            let words = source.text(in: instruction.range)
            throw ImageServiceError.badChange("`\(words)` does more than edit the configuration")
        }
        // Triggers are for builds: here they stay as they are.
        var image = ImageConfig(platform: .host)
        image.config = base
        image.config?.onBuild = nil
        let resolved = BaseImage(name: baseName, manifestDigest: BlobDigest(hashing: []), config: image)
        let planner = BuildPlanner(
            PlanRequest(dockerfile: dockerfile),
            images: [ImageRequirement(name: baseName, platform: .host): resolved]
        )
        guard case .complete(let plan, _) = try planner.plan(), let target = plan.targetStage
        else { throw ImageServiceError.badChange("it needs another image") }
        var config = target.config
        if let triggers = base.onBuild { config.onBuild = triggers + (config.onBuild ?? []) }
        return config
    }

    private static func isMetadata(_ kind: InstructionKind) -> Bool {
        switch kind {
        case .cmd, .entrypoint, .env, .expose, .healthcheck, .label, .onbuild, .shell, .stopSignal, .user, .volume,
            .workdir:
            true
        default: false
        }
    }
}
