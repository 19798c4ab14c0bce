internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel
internal import TestSupport
internal import Testing

/// Dockerfiles as people write them for models: the practice of teams, and five well-known servers in their own manner.
@Suite struct ServerDockerfileTests {
    private static let goldens = GoldenDirectory(beside: #filePath)
    private static let names = goldens.names(withSuffix: ".Dockerfile")

    @Test("all of them are here")
    func complete() {
        #expect(
            Self.names == [
                "llama-cpp-server", "ollama", "practice-inference", "practice-metrics", "sglang", "tgi", "vllm",
            ]
        )
    }

    @Test("they parse, are checked, and are planned as they always were", arguments: names)
    func plan(name: String) throws {
        let source = SourceText(name: name, text: try #require(Self.goldens.text("\(name).Dockerfile")))
        var facts = LintFacts { (try? NormalizedReference($0)) != nil }
        facts.driverVersion = "535.161.07"
        let checked = check(source, facts: facts)
        let dockerfile = try #require(checked.dockerfile, "\(checked.diagnostics.map(\.message))")
        let (plan, bases) = try plan(dockerfile)
        var text = bases.map { "base \($0.name) \($0.platform)\n" }.joined()
        text += checked.warnings.map { warning in
            let line = warning.range.map { source.location(at: $0.lowerBound).line } ?? 0
            return "warning \(line) \(warning.rule ?? "")\n"
        }.joined()
        text += String(decoding: try CanonicalJSON.encodePretty(PlanDocument(plan)), as: UTF8.self) + "\n"
        #expect(text == Self.goldens.expected("\(name).plan", refreshingWith: text))
    }

    /// Plans with images that exist only on paper, and tells which were asked for.
    private func plan(_ dockerfile: Dockerfile) throws -> (BuildPlan, [ImageRequirement]) {
        let platform = Platform(os: "linux", architecture: "amd64")
        var request = PlanRequest(dockerfile: dockerfile)
        (request.platform, request.buildPlatform) = (platform, platform)
        var images: [ImageRequirement: BaseImage] = [:]
        var bases: [ImageRequirement] = []
        while true {
            switch try BuildPlanner(request, images: images).plan() {
            case .complete(let plan, _): return (plan, bases)
            case .needs(let requirements):
                bases += requirements
                for requirement in requirements {
                    images[requirement] = PlanFixture.image(requirement.name) { config in
                        config.env = [
                            "PATH=/usr/local/nvidia/bin:/usr/bin:/bin", "LD_LIBRARY_PATH=/usr/local/nvidia/lib",
                        ]
                    }
                }
            }
        }
    }
}
