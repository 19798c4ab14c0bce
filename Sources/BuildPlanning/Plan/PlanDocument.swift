internal import DockerfileSyntax
internal import OCIModel

/// A build plan as a JSON document: what would be done, with everything expanded.
public struct PlanDocument: Encodable, Sendable {
    private let platform: String
    private let target: Int
    private let sourceDateEpoch: Int64?
    private let needed: [Needed]
    private let stages: [Stage]

    /// Describes `plan`; the images in `needed` were not known, and the plan was made as if they were empty.
    public init(_ plan: BuildPlan, needed: [ImageRequirement] = []) {
        platform = plan.platform.description
        target = plan.target
        sourceDateEpoch = plan.sourceDateEpoch
        self.needed = needed.map { Needed(name: $0.name, platform: $0.platform.description) }
        stages = plan.stages.map { Stage($0, needed: needed) }
    }

    private struct Needed: Encodable {
        let name: String
        let platform: String
    }

    private struct Stage: Encodable {
        let index: Int
        let name: String
        let base: Base
        let dependsOn: [Int]
        let steps: [Step]
        let config: ContainerConfig
        let author: String?

        init(_ stage: PlannedStage, needed: [ImageRequirement]) {
            index = stage.index
            name = stage.name
            dependsOn = stage.dependencies.sorted()
            steps = stage.steps.map { Step($0) }
            config = stage.config
            author = stage.author
            switch stage.base {
            case .scratch: base = Base()
            case .stage(let index): base = Base(stage: index)
            case .image(let image):
                let isNeeded = needed.contains { $0.name == image.name }
                base = Base(image: image.name, digest: isNeeded ? nil : image.manifestDigest.description)
            }
        }
    }

    /// Empty for `scratch`; an image without a digest is needed.
    private struct Base: Encodable {
        var image: String?
        var digest: String?
        var stage: Int?
    }

    private struct Step: Encodable {
        let title: String
        let kind: String
        let history: String
        var makeDirectory: MakeDirectory?
        var copy: Copy?
        var run: Run?

        init(_ step: BuildStep) {
            title = step.title
            history = step.history
            switch step.operation {
            case .metadata: kind = "metadata"
            case .makeDirectory(let operation):
                kind = "makeDirectory"
                makeDirectory = MakeDirectory(path: operation.path, user: operation.user)
            case .copy(let operation):
                kind = operation.isAdd ? "add" : "copy"
                copy = Copy(operation)
            case .run(let operation):
                kind = "run"
                run = Run(operation)
            }
        }
    }

    private struct MakeDirectory: Encodable {
        let path: String
        let user: String
    }

    private struct Copy: Encodable {
        let from: String
        let sources: [String]
        let destination: String
        let owner: String?
        let mode: String?
        let excludes: [String]
        let parents: Bool
        let link: Bool?
        let checksum: String?

        init(_ copy: CopyOperation) {
            from = PlanDocument.text(of: copy.origin)
            sources = copy.sources.map { source in
                switch source {
                case .path(let text), .url(let text), .git(let text): text
                case .hub(let address): address.description
                case .document(let name, _): "<<\(name)"
                }
            }
            destination = copy.destination
            owner = copy.owner
            mode = copy.mode
            excludes = copy.excludes
            parents = copy.keepsParents
            link = copy.isLinked ? true : nil
            checksum = copy.checksum
        }
    }

    private struct Run: Encodable {
        let arguments: [String]
        let script: String?
        let environment: [String]
        let workingDirectory: String
        let user: String
        let mounts: [String]
        let network: String
        let security: String
        let devices: [String]

        init(_ run: RunOperation) {
            arguments = run.arguments
            script = run.script?.content
            environment = run.environment
            workingDirectory = run.workingDirectory
            user = run.user
            mounts = run.mounts.map { PlanDocument.text(of: $0) }
            network = run.network.rawValue
            security = run.security.rawValue
            devices = run.devices.map(\.name)
        }
    }

    private static func text(of origin: FileOrigin) -> String {
        switch origin {
        case .context: "context"
        case .stage(let index): "stage \(index)"
        case .image(let image): "image \(image.name)"
        case .named(let name): "build context \(name)"
        }
    }

    private static func text(of mount: RunOperation.Mount) -> String {
        let origin = text(of: mount.origin)
        return switch mount.mount {
        case .bind(let bind): "bind \(origin):\(bind.source) at \(bind.target)\(bind.isReadOnly ? "" : " writable")"
        case .cache(let cache): "cache \(cache.id) at \(cache.target) \(cache.sharing.rawValue)"
        case .tmpfs(let tmpfs): "tmpfs at \(tmpfs.target)"
        case .secret(let secret): "secret \(secret.id) at \(secret.target ?? secret.environment.map { "$\($0)" } ?? "")"
        case .ssh(let ssh): "ssh \(ssh.id)"
        }
    }
}
