internal import BuildPlanning
internal import DockerfileSyntax
internal import OCIModel

/// What a build knows to tell of itself.
struct BuildProvenance: Sendable {
    let detail: ProvenanceDetail
    /// When the build began.
    let began: String
    /// The Dockerfile's name and text.
    let dockerfile: (name: String, text: [UInt8])
    /// Where the context came from, when it is an address.
    let address: String?

    /// The statement about one platform's image as it is at a registry.
    func statement(
        _ build: PlatformBuild,
        _ request: BuildRequest,
        names: [ImageReference],
        image: BlobDigest
    ) throws -> [UInt8] {
        let platform = build.target.platform
        let ended = build.plan.sourceDateEpoch.map(BuildTime.text) ?? BuildTime.text(BuildTime.now)
        let isFull = detail == .max
        var arguments: [String: String] = [:]
        if let target = request.target { arguments["target"] = target }
        if isFull {
            for (name, value) in request.buildArguments { arguments["build-arg:\(name)"] = value }
            for (name, value) in request.labels { arguments["label:\(name)"] = value }
        }
        let statement = ProvenanceStatement(
            names: names,
            platform: platform,
            image: image,
            materials: Self.materials(of: build.plan),
            invocation: ProvenanceStatement.Invocation(
                entryPoint: dockerfile.name,
                address: address,
                arguments: arguments,
                directories: address == nil ? ["context", "dockerfile"] : [],
                secrets: isFull && !request.secrets.isEmpty ? request.secrets.map(\.id).sorted() : nil,
                platform: platform
            ),
            dockerfile: isFull ? dockerfile.text : nil,
            // A build with a time of its own gives the same digest twice.
            times: (build.plan.sourceDateEpoch.map(BuildTime.text) ?? began, ended),
            id: String(BlobDigest(hashing: Array("\(image) \(ended)".utf8)).hex.prefix(25))
        )
        return try CanonicalJSON.encode(statement)
    }

    /// The last part of a path: where a file lies on the machine that builds is nobody's business.
    static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The address of a context without the names and passwords in it; nil for what is no address.
    static func address(of context: String) -> String? {
        switch ContextLocation(context) {
        case .web, .git: AddressText.withoutCredentials(context)
        case .directory, .standardInput: nil
        }
    }

    /// The images that the plan's stages begin with or read from.
    private static func materials(of plan: BuildPlan) -> [ProvenanceStatement.Material] {
        var found: Set<ProvenanceStatement.Material> = []
        func add(_ image: BaseImage, _ platform: Platform) {
            // A layout or another image by `--build-context` has no name in a registry.
            guard let name = try? ImageReference(image.name) else { return }
            found.insert(
                .init(
                    uri: ProvenanceStatement.address(of: name, platform: platform),
                    digest: ["sha256": image.manifestDigest.hex]
                )
            )
        }
        for stage in plan.stages {
            if case .image(let image) = stage.base { add(image, stage.platform) }
            for step in stage.steps {
                switch step.operation {
                case .copy(let copy): if case .image(let image) = copy.origin { add(image, stage.platform) }
                case .run(let run):
                    for mount in run.mounts { if case .image(let image) = mount.origin { add(image, stage.platform) } }
                case .metadata, .makeDirectory: break
                }
            }
        }
        return found.sorted { $0.uri < $1.uri }
    }
}
