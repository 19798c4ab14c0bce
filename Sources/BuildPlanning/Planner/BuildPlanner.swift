internal import Diagnostics
internal import DockerfileSyntax
internal import OCIModel

/// Turns a Dockerfile into a ``BuildPlan``.
///
/// Planning is a pure function of the file, the arguments and the images that were resolved so far. Where it meets an
/// image that is not among them it says so and is called again, because triggers and variables of a base may ask for
/// further images.
public struct BuildPlanner: Sendable {
    /// The names that `RUN` sees without an `ARG` when they are given on the command line.
    public static let proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap {
        [$0, $0.lowercased()]
    }

    private let request: PlanRequest
    private let images: [ImageRequirement: BaseImage]

    /// Prepares planning with the images resolved so far.
    public init(_ request: PlanRequest, images: [ImageRequirement: BaseImage] = [:]) {
        self.request = request
        self.images = images
    }

    /// Plans as far as the resolved images allow.
    ///
    /// - Throws: ``PlanningError`` with all mistakes found, not only the first.
    public func plan() throws(PlanningError) -> PlanningResult {
        let session = PlanningSession(request, images: images)
        let target = try targetIndex()
        let epoch = try sourceDateEpoch()
        session.evaluateGlobalArguments(targetName: request.target)
        let state = session.stage(target)
        guard session.diagnostics.isEmpty else { throw .invalid(session.diagnostics) }
        guard session.missing.isEmpty, state != nil else { return .needs(session.missing) }
        var stages = session.planned.sorted { $0.index < $1.index }
        for index in stages.indices where stages[index].index == target {
            for (name, value) in request.labels { stages[index].config.labels[orEmpty: name] = value }
        }
        var plan = BuildPlan(platform: request.platform, stages: stages, target: target, sourceDateEpoch: epoch)
        plan.arguments = session.arguments
        return .complete(plan, warnings: warnings(declared: session.declaredArguments))
    }

    private func targetIndex() throws(PlanningError) -> Int {
        let stages = request.dockerfile.stages
        guard let target = request.target, !target.isEmpty else { return stages.count - 1 }
        if let stage = request.dockerfile.stage(named: target) { return stage.index }
        if let number = Int(target), stages.indices.contains(number) { return number }
        throw .unknownTarget(target, suggestion: closestMatch(to: target, in: stages.compactMap(\.name)))
    }

    private func sourceDateEpoch() throws(PlanningError) -> Int64? {
        guard let text = request.buildArguments["SOURCE_DATE_EPOCH"], !text.isEmpty else { return nil }
        guard let seconds = Int64(text), seconds >= 0 else { throw .badEpoch(text) }
        return seconds
    }

    /// Build arguments that speak to the builder and not to the Dockerfile.
    ///
    /// The first of BuildKit's own asks for another frontend, of which there is none to fetch here.
    private static let settings: Set = [
        "SOURCE_DATE_EPOCH", "BUILDKIT_SYNTAX", "BUILDKIT_BUILD_NAME", "BUILDKIT_INLINE_CACHE",
        "BUILDKIT_DOCKERFILE_CHECK",
        "BUILDKIT_CONTEXT_KEEP_GIT_DIR", "BUILDKIT_SANDBOX_HOSTNAME", "BUILDKIT_CACHE_MOUNT_NS",
        "BUILDKIT_MULTI_PLATFORM",
    ]

    private func warnings(declared: Set<String>) -> [String] {
        let known = declared.union(Self.proxyNames).union(Self.settings)
        let unused = request.buildArguments.keys.filter { !known.contains($0) }
        return unused.sorted().map { name in
            let suggestion = closestMatch(to: name, in: declared.sorted()).map { "; did you mean `\($0)`?" } ?? ""
            return "the build argument `\(name)` is declared by no `ARG`\(suggestion)"
        }
    }
}

extension [String: String]? {
    /// An entry of a dictionary that springs into being when something is set.
    subscript(orEmpty key: String) -> String? {
        get { self?[key] }
        set {
            var copy = self ?? [:]
            copy[key] = newValue
            self = copy
        }
    }
}
