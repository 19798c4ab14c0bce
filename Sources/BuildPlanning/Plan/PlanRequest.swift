public import DockerfileSyntax
public import OCIModel

/// What planning needs besides the resolved images.
public struct PlanRequest: Sendable {
    /// The parsed Dockerfile.
    public var dockerfile: Dockerfile
    /// `--build-arg`, by name.
    public var buildArguments: [String: String]
    /// `--target`: a name in any case, or a number.
    public var target: String?
    /// The platform to build for.
    public var platform: Platform
    /// The platform that builds.
    public var buildPlatform: Platform
    /// `--label`.
    public var labels: [String: String]
    /// `--allow`.
    public var allowed: Set<BuildEntitlement> = []
    /// `--network` for the `RUN` steps that do not say.
    public var network: RunInstruction.Network
    /// `--build-context`, by name.
    public var namedContexts: [String: NamedContext] = [:]

    /// Makes a request with no arguments for the platform of this machine.
    public init(
        dockerfile: Dockerfile,
        buildArguments: [String: String] = [:],
        target: String? = nil,
        platform: Platform = .host,
        buildPlatform: Platform = .host,
        labels: [String: String] = [:],
        network: RunInstruction.Network = .standard
    ) {
        self.dockerfile = dockerfile
        self.buildArguments = buildArguments
        self.target = target
        self.platform = platform
        self.buildPlatform = buildPlatform
        self.labels = labels
        self.network = network
    }
}

/// How far planning came.
public enum PlanningResult: Equatable, Sendable {
    /// The plan is ready, with things to warn about.
    case complete(BuildPlan, warnings: [String])
    /// These images must be resolved first; then plan again.
    case needs([ImageRequirement])
}
