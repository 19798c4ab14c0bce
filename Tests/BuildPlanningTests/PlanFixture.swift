internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel
internal import Testing

/// Plans Dockerfiles given as text, with images that exist only on paper.
enum PlanFixture {
    static let base = image("base") { config in
        config.env = ["PATH=/bin", "BASE=1"]
        config.cmd = ["sh"]
        config.workingDir = "/srv"
    }

    static func image(_ name: String, _ edit: (inout ContainerConfig) -> Void = { _ in }) -> BaseImage {
        var config = ImageConfig(platform: Platform(os: "linux", architecture: "amd64"))
        var container = ContainerConfig()
        edit(&container)
        config.config = container
        config.created = "2020-01-01T00:00:00Z"
        return BaseImage(name: name, manifestDigest: BlobDigest(hashing: Array(name.utf8)), config: config)
    }

    static func request(
        _ text: String,
        arguments: [String: String] = [:],
        target: String? = nil
    ) throws -> PlanRequest {
        let result = parse(SourceText(name: "Dockerfile", text: text))
        let dockerfile = try #require(result.dockerfile, "\(result.diagnostics.map(\.message))")
        let platform = Platform(os: "linux", architecture: "amd64")
        var request = PlanRequest(dockerfile: dockerfile, buildArguments: arguments, target: target)
        (request.platform, request.buildPlatform) = (platform, platform)
        return request
    }

    static func plan(
        _ text: String,
        arguments: [String: String] = [:],
        target: String? = nil,
        images: [BaseImage] = [base]
    ) throws -> BuildPlan {
        let request = try request(text, arguments: arguments, target: target)
        let known = Dictionary(
            uniqueKeysWithValues: images.map {
                (ImageRequirement(name: $0.name, platform: request.platform), $0)
            }
        )
        switch try BuildPlanner(request, images: known).plan() {
        case .complete(let plan, _): return plan
        case .needs(let missing):
            Issue.record("not resolved: \(missing.map(\.name))")
            throw CancellationError()
        }
    }
}
