internal import BuildPlanning
internal import DockerfileSyntax
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import Synchronization
internal import SystemPackage

/// Builds the stages of a plan, each step by step, looking into the cache before each.
///
/// Stages go side by side, each on a thread of its own; ``BuildSchedule`` has everything that they share.
final class StageBuilder: Sendable {
    let plan: BuildPlan
    let request: BuildRequest
    let store: ImageStore
    let progress: ProgressReporter
    let runner: any StepRunner
    /// What steps are remembered under.
    let lookup: StepLookup
    /// Where steps read.
    let sources: StepSources
    /// The caller's environment, for what is fetched.
    let environment: @Sendable (String) -> String?
    let excerpt: @Sendable (BuildStep) -> String?
    let schedule: BuildSchedule
    /// Build cache besides the store's.
    let caches: BuildCaches
    /// Whether there is room for all of it.
    private let forecast: SpaceForecast
    /// The large files of the context that steps have read.
    private let usedFiles = Mutex<Set<String>>([])
    /// The keys under which this build has made something itself.
    private let madeKeys = Mutex<Set<BlobDigest>>([])
    /// Tells this build from all others.
    private let nonce = UInt64.random(in: 0...UInt64.max)

    init(
        plan: BuildPlan,
        request: BuildRequest,
        store: ImageStore,
        progress: ProgressReporter,
        runner: any StepRunner,
        identifier: ContentIdentifier,
        environment: @escaping @Sendable (String) -> String?,
        sources: StepSources,
        caches: BuildCaches,
        excerpt: @escaping @Sendable (BuildStep) -> String?
    ) throws {
        self.plan = plan
        self.request = request
        self.store = store
        self.progress = progress
        self.runner = runner
        self.environment = environment
        self.sources = sources
        self.caches = caches
        lookup = StepLookup(
            store: store,
            request: request,
            identifier: identifier,
            epoch: plan.sourceDateEpoch,
            hasOtherCaches: caches.hasSources
        )
        forecast = SpaceForecast(plan, sources: sources, lookup: lookup)
        self.excerpt = excerpt
        schedule = try BuildSchedule(jobs: request.parallelism.limit)
    }

    // MARK: One step

    func perform(
        _ step: BuildStep,
        title: String,
        on stage: StageResult,
        vertex: Int
    ) throws -> StepOutcome {
        do {
            switch step.operation {
            case .metadata: return StepOutcome()
            case .makeDirectory(let operation): return try makeDirectory(operation, on: stage, vertex: vertex)
            case .copy(let operation): return try copy(operation, on: stage, vertex: vertex)
            case .run(let operation):
                return try run(operation, title: title, on: stage, vertex: vertex)
            }
        } catch let error as BuildError {
            // It is not about this step.
            guard schedule.fail(error) else { throw BuildCanceled() }
            throw error
        } catch {
            var failure = (error as? StepFailure) ?? StepFailure(step: title, error)
            failure.step = title
            failure.excerpt = excerpt(step)
            // A process that was killed because of another step has not failed by itself.
            guard schedule.fail(BuildError.step(failure)) else { throw BuildCanceled() }
            throw BuildError.step(failure)
        }
    }

    /// Looks into the cache, and does the work and remembers it when there is nothing.
    ///
    /// Whoever is about to do the same at the same time, in this build or in another process, waits and takes the result.
    /// `lockKey` is the same for all of them; nobody holds two such locks. `key` is asked for again after waiting, and is
    /// nil when it cannot be known before the work.
    func cached(
        _ lockKey: BlobDigest,
        of stage: StageResult,
        vertex: Int,
        key: () throws -> BlobDigest?,
        work: () throws -> (layers: [AssembledLayer], key: BlobDigest)
    ) throws -> StepOutcome {
        if let found = try remembered(try key(), of: stage, vertex: vertex) { return found }
        let lock = try lock(lockKey, of: stage, vertex: vertex)
        defer { lock.release() }
        if let found = try remembered(try key(), of: stage, vertex: vertex) { return found }
        try forecast.check()
        let made = try work()
        let now = BuildTime.now
        let record = BuildCacheRecord(
            layers: made.layers.map(\.diffID),
            payload: made.layers.map(\.recorded).joined(separator: "\n"),
            created: now
        )
        try store.storeBuildRecord(record, for: made.key)
        caches.note(made.key, record)
        madeKeys.withLock { _ = $0.insert(made.key) }
        return StepOutcome(layers: made.layers, created: BuildTime.text(plan.sourceDateEpoch ?? now))
    }

    /// What was made under a key before.
    private func remembered(_ key: BlobDigest?, of stage: StageResult, vertex: Int) throws -> StepOutcome? {
        guard let key, !stage.ignoresCache || madeKeys.withLock({ $0.contains(key) }),
            let record = try store.buildRecord(for: key) ?? (stage.ignoresCache ? nil : caches.bring(key)),
            let outcome = try lookup.outcome(of: record)
        else { return nil }
        caches.note(key, record)
        progress.emit(.cached(vertex: vertex))
        return outcome
    }

    /// Waits until nobody else does the same.
    private func lock(_ key: BlobDigest, of stage: StageResult, vertex: Int) throws -> BuildKeyLock {
        // Who ignores the cache wants nothing of what others make, but the same step twice in one build is one step.
        var hasher = KeyHasher(kind: "lock")
        hasher.field("key", key.hex)
        hasher.field("build", stage.ignoresCache ? nonce : 0)
        let name = hasher.finish()
        if let lock = try store.tryLockBuildKey(name) { return lock }
        progress.emit(.note(vertex: vertex, "waiting for the same step, which is being done already"))
        return try schedule.withoutSlot {
            while true {
                try schedule.cancellation.pause(milliseconds: 20)
                if let lock = try store.tryLockBuildKey(name) { return lock }
            }
        }
    }

    private func makeDirectory(
        _ operation: MakeDirectoryOperation,
        on stage: StageResult,
        vertex: Int
    ) throws -> StepOutcome {
        let key = CacheKeys.key(for: operation, parent: stage.layers.map(\.diffID))
        return try cached(key, of: stage, vertex: vertex, key: { key }) {
            let layer = try self.madeDirectory(operation, on: stage.layers)
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

    private func copy(_ written: CopyOperation, on stage: StageResult, vertex: Int) throws -> StepOutcome {
        let parents = stage.layers
        let operation = try lookup.standingAlone(written, on: parents)
        if operation.isRemote { return try addRemote(operation, on: stage, vertex: vertex) }
        let copy = try lookup.copy(operation, from: try tree(operation.origin), on: parents)
        noteUse(of: copy.selection, from: operation.origin)
        func key() throws -> BlobDigest? {
            try lookup.key(for: copy, on: parents, ignoresCache: stage.ignoresCache)
        }
        return try cached(copy.look, of: stage, vertex: vertex, key: key) {
            let executor = copyExecutor(vertex, on: stage)
            let layers = try executor.execute(operation, selection: copy.selection, tree: copy.tree, parents: parents)
            // What was new has an identity now.
            let key = try lookup.finishedKey(for: copy, on: parents)
            try store.storeBuildRecord(BuildCacheRecord(layers: [], created: BuildTime.now), for: copy.look)
            return (layers, key)
        }
    }

    /// Makes the layers of copies.
    func copyExecutor(_ vertex: Int, on stage: StageResult) -> CopyExecutor {
        let sink = progress.sink
        var policy = request.layers
        if !stage.isOfImage { policy.limit = nil }
        return CopyExecutor(
            store: store,
            identifier: lookup.identifier,
            epoch: plan.sourceDateEpoch,
            policy: policy,
            remarks: { sink(.warning($0)) },
            pause: { [schedule] in try schedule.cancellation.pause(milliseconds: 20) },
            note: copyNote(vertex)
        )
    }

    private func run(
        _ operation: RunOperation,
        title: String,
        on stage: StageResult,
        vertex: Int
    ) throws -> StepOutcome {
        let key = try lookup.key(
            for: operation,
            on: stage.layers,
            foreign: stage.foreign,
            tree: { try self.tree($0) },
            selected: { self.noteUse(of: $1, from: $0) }
        )
        guard let key else { throw BuildCanceled() }
        return try cached(key, of: stage, vertex: vertex, key: { key }) {
            let execution = StepExecution(
                operation: operation,
                parents: stage.layers,
                store: store,
                request: request,
                vertex: vertex,
                trees: { try self.sources.layers($0, stage: self.layers(ofStage:)) },
                context: { try self.sources.context() },
                named: { try self.sources.namedContexts.tree($0) },
                cancellation: schedule.cancellation,
                emit: { self.progress.emit($0) },
                folding: FoldingRecord(title: title, foreign: stage.foreign)
            )
            let layer = try runner.run(execution)
            return ([AssembledLayer(layer)] + execution.folding.layers, key)
        }
    }

    // MARK: Sources

    /// Where a step reads, once that is built.
    func tree(_ origin: FileOrigin) throws -> SourceTree { try sources.tree(origin, stage: layers(ofStage:)) }

    private func layers(ofStage index: Int) throws -> [StoredLayer] { try schedule.result(of: index).layers }

    private func noteUse(of selection: [SelectedSource], from origin: FileOrigin) {
        guard origin == .context else { return }
        for source in selection {
            for file in source.files(from: StrayFiles.threshold) {
                guard let path = file.treePath else { continue }
                usedFiles.withLock { _ = $0.insert(path) }
            }
        }
    }

    /// Says which large files of the context the image has no use for.
    func remarkOnStrayFiles() throws {
        let used = usedFiles.withLock { $0 }
        for remark in try StrayFiles.remarks(in: try sources.context(), used: used) { progress.emit(.warning(remark)) }
    }
}
