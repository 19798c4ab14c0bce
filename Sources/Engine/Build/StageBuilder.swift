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
    let identifier: ContentIdentifier
    /// The caller's environment, for what is fetched.
    let environment: @Sendable (String) -> String?
    /// The files of `--build-context`s.
    let namedContexts: NamedContexts
    let excerpt: @Sendable (BuildStep) -> String?
    let schedule: BuildSchedule
    /// Build cache besides the store's.
    let caches: BuildCaches
    private let openContext: @Sendable () throws -> SourceTree
    private let context = Mutex<SourceTree?>(nil)
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
        namedContexts: NamedContexts,
        caches: BuildCaches,
        openContext: @escaping @Sendable () throws -> SourceTree,
        excerpt: @escaping @Sendable (BuildStep) -> String?
    ) throws {
        self.plan = plan
        self.request = request
        self.store = store
        self.progress = progress
        self.runner = runner
        self.identifier = identifier
        self.environment = environment
        self.namedContexts = namedContexts
        self.caches = caches
        self.openContext = openContext
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
        let parents = stage.layers
        do {
            switch step.operation {
            case .metadata: return StepOutcome()
            case .makeDirectory(let operation): return try makeDirectory(operation, on: parents, vertex: vertex)
            case .copy(let operation): return try copy(operation, on: parents, vertex: vertex)
            case .run(let operation):
                return try run(operation, title: title, on: parents, foreign: stage.foreign, vertex: vertex)
            }
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
        vertex: Int,
        key: () throws -> BlobDigest?,
        work: () throws -> (layers: [AssembledLayer], key: BlobDigest)
    ) throws -> StepOutcome {
        if let found = try remembered(try key(), vertex: vertex) { return found }
        let lock = try lock(lockKey, vertex: vertex)
        defer { lock.release() }
        if let found = try remembered(try key(), vertex: vertex) { return found }
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
    private func remembered(_ key: BlobDigest?, vertex: Int) throws -> StepOutcome? {
        guard let key, !request.ignoresCache || madeKeys.withLock({ $0.contains(key) }),
            let record = try store.buildRecord(for: key) ?? bring(key)
        else { return nil }
        caches.note(key, record)
        progress.emit(.cached(vertex: vertex))
        let comments = record.payload.split(separator: "\n", omittingEmptySubsequences: false)
        let layers = try record.layers.enumerated().map { index, diffID in
            guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return AssembledLayer(layer, recorded: index < comments.count ? String(comments[index]) : "")
        }
        return StepOutcome(layers: layers, created: BuildTime.text(plan.sourceDateEpoch ?? record.created))
    }

    /// What another machine's cache has under a key; who ignores the cache ignores that one, too.
    private func bring(_ key: BlobDigest) -> BuildCacheRecord? {
        request.ignoresCache ? nil : caches.bring(key)
    }

    /// Waits until nobody else does the same.
    private func lock(_ key: BlobDigest, vertex: Int) throws -> BuildKeyLock {
        // Who ignores the cache wants nothing of what others make, but the same step twice in one build is one step.
        var hasher = KeyHasher(kind: "lock")
        hasher.field("key", key.hex)
        hasher.field("build", request.ignoresCache ? nonce : 0)
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
        on parents: [StoredLayer],
        vertex: Int
    ) throws -> StepOutcome {
        let key = CacheKeys.key(for: operation, parent: parents.map(\.diffID))
        return try cached(key, vertex: vertex, key: { key }) {
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
        noteUse(of: selection, from: operation.origin)
        let parent = parents.map(\.diffID)
        let identifier = identifier
        func key(_ content: BlobDigest) -> BlobDigest {
            let key = CacheKeys.key(for: operation, parent: parent, content: content, epoch: plan.sourceDateEpoch)
            return request.layers.key(key)
        }
        // What never looked like this cannot be in the cache: then contents are read once, by the copy itself.
        let look = key(identifier.look(of: selection, in: tree))
        func content() throws -> BlobDigest? {
            let mayHit = try !request.ignoresCache && (caches.hasSources || store.buildRecord(for: look) != nil)
            return try identifier.digest(of: selection, in: tree, reading: mayHit ? .asNeeded : .nothing)
        }
        return try cached(look, vertex: vertex, key: { try content().map(key) }) {
            var executor = CopyExecutor(
                store: store,
                identifier: identifier,
                epoch: plan.sourceDateEpoch,
                note: copyNote(vertex)
            )
            executor.policy = request.layers
            let sink = progress.sink
            executor.remarks = { sink(.warning($0)) }
            let layers = try executor.execute(operation, selection: selection, tree: tree, parents: parents)
            // What was new has an identity now.
            let known = try identifier.digest(of: selection, in: tree)
            try store.storeBuildRecord(BuildCacheRecord(layers: [], created: BuildTime.now), for: look)
            return (layers, known.map(key) ?? KeyHasher(kind: "none").finish())
        }
    }

    private func run(
        _ operation: RunOperation,
        title: String,
        on parents: [StoredLayer],
        foreign: Set<BlobDigest>,
        vertex: Int
    ) throws -> StepOutcome {
        let mounted = try operation.mounts.map { try mountedContent($0) }
        let key = FoldingRecord.key(
            CacheKeys.key(for: operation, parent: parents.map(\.diffID), mounted: mounted),
            parents: parents,
            foreign: foreign
        )
        return try cached(key, vertex: vertex, key: { key }) {
            let execution = StepExecution(
                operation: operation,
                parents: parents,
                store: store,
                request: request,
                vertex: vertex,
                trees: { try self.mountLayers($0) },
                context: { try self.contextTree() },
                named: { try self.namedContexts.tree($0) },
                cancellation: schedule.cancellation,
                emit: { self.progress.emit($0) },
                folding: FoldingRecord(title: title, foreign: foreign)
            )
            let layer = try runner.run(execution)
            return ([AssembledLayer(layer)] + execution.folding.layers, key)
        }
    }

    // MARK: Sources

    /// The context, opened when the first step needs it.
    func contextTree() throws -> SourceTree {
        try context.withLock { context in
            if let context { return context }
            let opened = try openContext()
            context = opened
            return opened
        }
    }

    private func mountLayers(_ origin: FileOrigin) throws -> [StoredLayer] {
        switch origin {
        case .context, .named: []
        case .stage(let index): try schedule.result(of: index).layers
        case .image(let image): try layers(of: image)
        }
    }

    private func sourceTree(_ origin: FileOrigin) throws -> SourceTree {
        if origin == .context { return try contextTree() }
        if case .named(let name) = origin { return try namedContexts.tree(name) }
        let layers = try mountLayers(origin)
        let lower = layers.isEmpty ? [try store.makeWorkspace().upper.string] : LayerStack.directories(of: layers)
        let device = try FileStatus.of(path: store.root.string).device
        let root = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower))
        return SourceTree(root: root, keepsOwners: true, device: device)
    }

    private func noteUse(of selection: [SelectedSource], from origin: FileOrigin) {
        guard origin == .context else { return }
        let large = selection.flatMap(\.files).filter { $0.size >= StrayFiles.threshold }.compactMap(\.treePath)
        if !large.isEmpty { usedFiles.withLock { $0.formUnion(large) } }
    }

    /// Says which large files of the context the image has no use for.
    func remarkOnStrayFiles() throws {
        let used = usedFiles.withLock { $0 }
        for remark in try StrayFiles.remarks(in: try contextTree(), used: used) { progress.emit(.warning(remark)) }
    }

    /// What a bind mount shows; nil for mounts whose contents do not count.
    private func mountedContent(_ mount: RunOperation.Mount) throws -> BlobDigest? {
        guard case .bind(let bind) = mount.mount else { return nil }
        let tree = try sourceTree(mount.origin)
        let operation = CopyOperation(origin: mount.origin, path: bind.source.isEmpty ? "/" : bind.source)
        let selection = try FileSelector(tree: tree, operation: operation).select()
        noteUse(of: selection, from: mount.origin)
        return try identifier.digest(of: selection, in: tree, reading: .everything)
    }
}
