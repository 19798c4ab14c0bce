internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import FoundationEssentials

/// What a build of the target takes from outside, as `--call=outline` tells it; the keys are BuildKit's.
public struct BuildOutline: Encodable, Sendable {
    /// A build argument.
    public struct Argument: Encodable, Sendable {
        /// Its name.
        public let name: String
        /// What the comment above it says.
        public let description: String?
        /// Its value in this build.
        public let value: String?
        private let location: DocumentLocation

        init(_ argument: PlannedArgument, in source: SourceText) {
            name = argument.name
            let text = LeadingComment.description(of: argument.name, at: argument.range, in: source)
            description = text.isEmpty ? nil : text
            value = argument.value.flatMap { $0.isEmpty ? nil : $0 }
            location = DocumentLocation(argument.range, in: source)
        }
    }

    /// A secret or an ssh agent.
    public struct Need: Encodable, Sendable {
        /// Its name.
        public let name: String
        /// Whether a step fails without it; nil when none does.
        public var required: Bool?
        fileprivate let location: DocumentLocation
    }

    /// A cache of a step.
    public struct Cache: Encodable, Sendable {
        /// Its name.
        public let id: String
        fileprivate let location: DocumentLocation

        private enum CodingKeys: String, CodingKey {
            case id = "ID"
            case location
        }
    }

    /// The target's name; nil for a last stage without one.
    public private(set) var name: String?
    /// What the comment above the target's `FROM` says.
    public private(set) var description: String?
    /// The build arguments, in the order of the file.
    public private(set) var args: [Argument]?
    /// The secrets that steps ask for.
    public private(set) var secrets: [Need]?
    /// The ssh agents that steps ask for.
    public private(set) var ssh: [Need]?
    /// The caches that steps use.
    public private(set) var cache: [Cache]?
    private let sources: [Data]

    /// Describes the target of a plan.
    init(_ plan: BuildPlan, of dockerfile: Dockerfile, in source: SourceText) {
        sources = [Data(source.bytes)]
        let stage = dockerfile.stages[plan.target]
        name = stage.from.name?.text
        let text = LeadingComment.description(of: name ?? "", at: stage.from.range, in: source)
        description = text.isEmpty ? nil : text
        args = plan.arguments.isEmpty ? nil : plan.arguments.map { Argument($0, in: source) }
        for stage in plan.stages {
            for step in stage.steps {
                guard case .run(let run) = step.operation else { continue }
                let location = DocumentLocation(step.range, in: source)
                for mount in run.mounts { add(mount.mount, location) }
            }
        }
    }

    private mutating func add(_ mount: RunMount, _ location: DocumentLocation) {
        switch mount {
        case .bind, .tmpfs: break
        case .secret(let secret): Self.add(secret.id, secret.isRequired, location, to: &secrets)
        case .ssh(let agent): Self.add(agent.id, agent.isRequired, location, to: &ssh)
        case .cache(let used):
            guard cache?.contains(where: { $0.id == used.id }) != true else { return }
            cache = (cache ?? []) + [Cache(id: used.id, location: location)]
        }
    }

    private static func add(_ name: String, _ isRequired: Bool, _ location: DocumentLocation, to list: inout [Need]?) {
        if let index = list?.firstIndex(where: { $0.name == name }) {
            if isRequired { list?[index].required = true }
        } else {
            list = (list ?? []) + [Need(name: name, required: isRequired ? true : nil, location: location)]
        }
    }
}
