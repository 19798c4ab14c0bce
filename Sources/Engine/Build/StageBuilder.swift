internal import BuildPlanning
internal import DockerfileSyntax
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// What a stage has become so far.
struct StageResult {
    /// The layers, lowest first.
    var layers: [StoredLayer] = []
    /// What each step contributed.
    var outcomes: [StepOutcome] = []
    /// When the stage's base was made.
    var baseCreated: String?
    /// The time of the last layer, or of the base.
    var created: String?
    /// What the base's history and the history of its stages say.
    var history: [HistoryEntry] = []
}

/// Builds the stages of a plan, step by step, looking into the cache before each.
final class StageBuilder {
    let plan: BuildPlan
    let request: BuildRequest
    let store: ImageStore
    let progress: ProgressReporter
    let runner: any StepRunner
    let identifier: ContentIdentifier
    /// The caller's environment, for what is fetched.
    let environment: (String) -> String?
    let excerpt: (BuildStep) -> String?
    private let openContext: () throws -> SourceTree
    private var context: SourceTree?
    private(set) var results: [Int: StageResult] = [:]
    private(set) var cachedSteps = 0

    init(
        plan: BuildPlan,
        request: BuildRequest,
        store: ImageStore,
        progress: ProgressReporter,
        runner: any StepRunner,
        identifier: ContentIdentifier,
        environment: @escaping (String) -> String?,
        openContext: @escaping () throws -> SourceTree,
        excerpt: @escaping (BuildStep) -> String?
    ) {
        self.plan = plan
        self.request = request
        self.store = store
        self.progress = progress
        self.runner = runner
        self.identifier = identifier
        self.environment = environment
        self.openContext = openContext
        self.excerpt = excerpt
    }

    /// Builds all stages; each one's inputs come before it in the plan.
    func buildAll() throws {
        for stage in plan.stages { results[stage.index] = try build(stage) }
    }

    // MARK: One stage

    private func build(_ stage: PlannedStage) throws -> StageResult {
        var result = try base(of: stage)
        let steps = stage.steps.count { $0.operation.makesLayer } + 1
        let prefix = plan.stages.count > 1 ? "\(stage.name) " : ""
        if case .stage = stage.base {
        } else {
            try progress.vertex("[\(prefix)1/\(steps)] FROM \(stage.baseName)") { vertex in
                progress.emit(.cached(vertex: vertex))
            }
        }
        var number = 1
        for step in stage.steps {
            guard step.operation.makesLayer else {
                result.outcomes.append(StepOutcome())
                continue
            }
            number += 1
            let title = "[\(prefix)\(number)/\(steps)] \(step.title)"
            let outcome = try progress.vertex(title) { vertex in
                try perform(step, title: title, on: result.layers, vertex: vertex)
            }
            for layer in outcome.layers {
                guard let stored = try store.layer(layer.diffID) else { throw StorageError.layerMissing(layer.diffID) }
                result.layers.append(stored)
            }
            result.created = outcome.created
            result.outcomes.append(outcome)
        }
        result.history += ImageAssembly.history(of: stage.steps, outcomes: result.outcomes, after: result.baseCreated)
        return result
    }

    private func base(of stage: PlannedStage) throws -> StageResult {
        switch stage.base {
        case .scratch: return StageResult()
        case .image(let image):
            var result = StageResult()
            result.layers = try layers(of: image)
            result.baseCreated = image.config.created
            result.created = image.config.created
            result.history = stage.baseHistory
            return result
        case .stage(let index):
            guard var result = results[index] else { return StageResult() }
            result.outcomes = []
            result.baseCreated = result.created
            return result
        }
    }

    private func layers(of image: BaseImage) throws -> [StoredLayer] {
        try image.diffIDs.map { diffID in
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return layer
        }
    }

    // MARK: One step

    private func perform(
        _ step: BuildStep,
        title: String,
        on parents: [StoredLayer],
        vertex: Int
    ) throws -> StepOutcome {
        do {
            switch step.operation {
            case .metadata: return StepOutcome()
            case .makeDirectory(let operation): return try makeDirectory(operation, on: parents, vertex: vertex)
            case .copy(let operation): return try copy(operation, on: parents, vertex: vertex)
            case .run(let operation): return try run(operation, title: title, on: parents, vertex: vertex)
            }
        } catch {
            var failure = (error as? StepFailure) ?? StepFailure(step: title, error)
            failure.step = title
            failure.excerpt = excerpt(step)
            throw BuildError.step(failure)
        }
    }

    /// Looks into the cache, and does the work and remembers it when there is nothing.
    func cached(
        _ key: BlobDigest?,
        vertex: Int,
        work: () throws -> (layers: [AssembledLayer], key: BlobDigest)
    ) throws -> StepOutcome {
        if let key, !request.ignoresCache, let record = try store.buildRecord(for: key) {
            cachedSteps += 1
            progress.emit(.cached(vertex: vertex))
            let comments = record.payload.split(separator: "\n", omittingEmptySubsequences: false)
            let layers = try record.layers.enumerated().map { index, diffID in
                guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
                let comment = index < comments.count && !comments[index].isEmpty ? String(comments[index]) : nil
                return AssembledLayer(diffID: diffID, size: Int64(layer.tarSize), comment: comment)
            }
            return StepOutcome(layers: layers, created: BuildTime.text(plan.sourceDateEpoch ?? record.created))
        }
        let made = try work()
        let now = BuildTime.now
        let record = BuildCacheRecord(
            layers: made.layers.map(\.diffID),
            payload: made.layers.map { $0.comment ?? "" }.joined(separator: "\n"),
            created: now
        )
        try store.storeBuildRecord(record, for: made.key)
        return StepOutcome(layers: made.layers, created: BuildTime.text(plan.sourceDateEpoch ?? now))
    }

    private func makeDirectory(
        _ operation: MakeDirectoryOperation,
        on parents: [StoredLayer],
        vertex: Int
    ) throws -> StepOutcome {
        let key = CacheKeys.key(for: operation, parent: parents.map(\.diffID))
        return try cached(key, vertex: vertex) {
            let layer = try self.madeDirectory(operation, on: parents)
            return ([AssembledLayer(diffID: layer.diffID, size: Int64(layer.tarSize))], key)
        }
    }

    private func madeDirectory(_ operation: MakeDirectoryOperation, on parents: [StoredLayer]) throws -> StoredLayer {
        let workspace = try store.makeWorkspace()
        try writeDirectory(operation, through: try Overlay.mount(parents, workspace: workspace, store: store))
        return try store.commitTree(workspace)
    }

    private func writeDirectory(_ operation: MakeDirectoryOperation, through mount: consuming OwnedFD) throws {
        let root = BeneathPath(root: mount)
        let owners = try OwnerLookup(root)
        let writer = TreeWriter(root: root, parentOwner: .init(user: 0, group: 0), epoch: plan.sourceDateEpoch)
        try writer.makeWorkingDirectory(operation.path, user: operation.user, owners: owners)
        try writer.finish()
    }

    private func copy(_ operation: CopyOperation, on parents: [StoredLayer], vertex: Int) throws -> StepOutcome {
        if operation.isRemote { return try addRemote(operation, on: parents, vertex: vertex) }
        let tree = try sourceTree(operation.origin)
        let selection = try FileSelector(tree: tree, operation: operation).select()
        let parent = parents.map(\.diffID)
        func key(_ content: BlobDigest) -> BlobDigest {
            CacheKeys.key(for: operation, parent: parent, content: content, epoch: plan.sourceDateEpoch)
        }
        // What never looked like this cannot be in the cache: then contents are read once, by the copy itself.
        let look = key(identifier.look(of: selection, in: tree))
        let mayHit = try !request.ignoresCache && store.buildRecord(for: look) != nil
        let content = try identifier.digest(of: selection, in: tree, reading: mayHit ? .asNeeded : .nothing)
        return try cached(content.map(key), vertex: vertex) {
            let sink = progress.sink
            let executor = CopyExecutor(store: store, identifier: identifier, epoch: plan.sourceDateEpoch) {
                sink(.progress(vertex: vertex, what: "copying \($0)", bytes: 0, total: $1))
            }
            let layers = try executor.execute(operation, selection: selection, tree: tree, parents: parents)
            // What was new has an identity now.
            let known = try content ?? identifier.digest(of: selection, in: tree)
            try store.storeBuildRecord(BuildCacheRecord(layers: [], created: BuildTime.now), for: look)
            return (layers, known.map(key) ?? KeyHasher(kind: "none").finish())
        }
    }

    private func run(
        _ operation: RunOperation,
        title: String,
        on parents: [StoredLayer],
        vertex: Int
    ) throws -> StepOutcome {
        let mounted = try operation.mounts.map { try mountedContent($0) }
        let key = CacheKeys.key(for: operation, parent: parents.map(\.diffID), mounted: mounted)
        return try cached(key, vertex: vertex) {
            let execution = StepExecution(
                operation: operation,
                parents: parents,
                store: store,
                request: request,
                vertex: vertex,
                trees: { try self.mountLayers($0) },
                context: { try self.contextTree() },
                emit: { self.progress.emit($0) }
            )
            let layer = try runner.run(execution)
            return ([AssembledLayer(diffID: layer.diffID, size: Int64(layer.tarSize))], key)
        }
    }

    // MARK: Sources

    /// The context, opened when the first step needs it.
    func contextTree() throws -> SourceTree {
        if let context { return context }
        let opened = try openContext()
        context = opened
        return opened
    }

    private func mountLayers(_ origin: FileOrigin) throws -> [StoredLayer] {
        switch origin {
        case .context: []
        case .stage(let index): results[index]?.layers ?? []
        case .image(let image): try layers(of: image)
        }
    }

    private func sourceTree(_ origin: FileOrigin) throws -> SourceTree {
        if origin == .context { return try contextTree() }
        let layers = try mountLayers(origin)
        let lower = layers.isEmpty ? [try store.makeWorkspace().upper.string] : LayerStack.directories(of: layers)
        let device = try FileStatus.of(path: store.root.string).device
        let root = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower))
        return SourceTree(root: root, keepsOwners: true, device: device)
    }

    /// What a bind mount shows; nil for mounts whose contents do not count.
    private func mountedContent(_ mount: RunOperation.Mount) throws -> BlobDigest? {
        guard case .bind(let bind) = mount.mount else { return nil }
        let tree = try sourceTree(mount.origin)
        let operation = CopyOperation(origin: mount.origin, path: bind.source.isEmpty ? "/" : bind.source)
        let selection = try FileSelector(tree: tree, operation: operation).select()
        return try identifier.digest(of: selection, in: tree, reading: .everything)
    }
}
