internal import BuildPlanning
internal import DockerfileSyntax
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Walks a plan as a build would and looks into the cache, but carries nothing out and reads no content.
final class BuildPreviewer {
    private let store: ImageStore
    private let request: BuildRequest
    private let plan: BuildPlan
    private let identifier: ContentIdentifier
    private let openContext: () throws -> SourceTree
    /// The layers at the end of each stage; nil where a step would have to be carried out to know them.
    private var results: [Int: StageResult?] = [:]
    private var context: SourceTree?
    private(set) var preview = BuildPreview()

    init(
        store: ImageStore,
        request: BuildRequest,
        plan: BuildPlan,
        identifier: ContentIdentifier,
        openContext: @escaping () throws -> SourceTree
    ) {
        self.store = store
        self.request = request
        self.plan = plan
        self.identifier = identifier
        self.openContext = openContext
        preview.destination = request.tags.first?.canonical
    }

    /// Looks at every stage.
    func run() throws -> BuildPreview {
        for stage in plan.stages { results[stage.index] = try look(at: stage) }
        let target = preview.steps.filter { $0.stage == plan.targetStage?.name }
        let count = target.reduce(0) { $0 + $1.layers.count }
        if count > LayerPolicy.mostLayers {
            preview.warnings.append("the image has \(count) layers, and Docker takes \(LayerPolicy.mostLayers)")
        }
        return preview
    }

    private func look(at stage: PlannedStage) throws -> StageResult? {
        var result = try base(of: stage)
        for step in stage.steps where step.operation.makesLayer {
            var line = BuildPreview.Step(stage: stage.name, title: step.title, state: .unknown)
            if let before = result, !request.ignoresCache, let record = try record(of: step.operation, on: before),
                let outcome = try outcome(record)
            {
                line.state = .cached
                line.layers = try outcome.layers.filter { $0.replaces == nil }.map { try stored($0.diffID) }
                try result?.add(outcome, from: store)
            } else {
                if result != nil { line.state = .new }
                try estimate(step.operation, &line)
                result = nil
            }
            preview.steps.append(line)
        }
        return result
    }

    private func base(of stage: PlannedStage) throws -> StageResult? {
        switch stage.base {
        case .scratch: return StageResult()
        case .stage(let index): return results[index] ?? nil
        case .image(let image):
            var line = BuildPreview.Step(stage: stage.name, title: "FROM \(stage.baseName)", state: .cached)
            var result = StageResult()
            result.foreign = Set(image.diffIDs)
            for diffID in image.diffIDs {
                guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
                result.layers.append(layer)
                line.layers.append(try stored(diffID))
            }
            preview.steps.append(line)
            return result
        }
    }

    // MARK: The cache

    /// What the cache has for a step.
    private func record(of operation: StepOperation, on stage: StageResult) throws -> BuildCacheRecord? {
        let parents = stage.layers.map(\.diffID)
        switch operation {
        case .metadata: return nil
        case .makeDirectory(let operation):
            return try store.buildRecord(for: CacheKeys.key(for: operation, parent: parents))
        case .copy(let operation):
            guard !operation.isRemote, let tree = try tree(operation.origin) else { return nil }
            let selection = try FileSelector(tree: tree, operation: operation).select()
            guard let content = try identifier.digest(of: selection, in: tree, reading: .nothing) else { return nil }
            let key = CacheKeys.key(for: operation, parent: parents, content: content, epoch: plan.sourceDateEpoch)
            return try store.buildRecord(for: request.layers.key(key))
        case .run(let operation):
            guard let mounted = try mounted(operation) else { return nil }
            let key = CacheKeys.key(for: operation, parent: parents, mounted: mounted)
            return try store.buildRecord(
                for: FoldingRecord.key(key, parents: stage.layers, foreign: stage.foreign)
            )
        }
    }

    /// What a step's bind mounts show; nil when that is not known without reading or building.
    private func mounted(_ operation: RunOperation) throws -> [BlobDigest?]? {
        var mounted: [BlobDigest?] = []
        for mount in operation.mounts {
            guard case .bind(let bind) = mount.mount else {
                mounted.append(nil)
                continue
            }
            guard let tree = try tree(mount.origin) else { return nil }
            let source = CopyOperation(origin: mount.origin, path: bind.source.isEmpty ? "/" : bind.source)
            let selection = try FileSelector(tree: tree, operation: source).select()
            guard let content = try identifier.digest(of: selection, in: tree, reading: .nothing) else { return nil }
            mounted.append(content)
        }
        return mounted
    }

    private func outcome(_ record: BuildCacheRecord) throws -> StepOutcome? {
        let remarks = record.payload.split(separator: "\n", omittingEmptySubsequences: false)
        var layers: [AssembledLayer] = []
        for (index, diffID) in record.layers.enumerated() {
            guard let layer = try store.layer(diffID) else { return nil }
            layers.append(AssembledLayer(layer, recorded: index < remarks.count ? String(remarks[index]) : ""))
        }
        return StepOutcome(layers: layers)
    }

    private func stored(_ diffID: BlobDigest) throws -> BuildPreview.Layer {
        let layer = try store.layer(diffID)
        var line = BuildPreview.Layer(diffID: diffID, file: nil, size: layer.map { Int64($0.tarSize) }, writes: 0)
        guard let layer, let tag = request.tags.first else { return line }
        let known = try store.distribution(of: diffID)
        let isThere = known.origins.contains { $0.registry == tag.domain && $0.repository == tag.path }
        if isThere {
            line.moves = 0
        } else if let form = known.compressed.map(\.size).min() {
            line.moves = Int64(form)
        } else if let estimate = layer.compressibility, estimate.isWorthwhile {
            line.moves = Int64(layer.tarSize) / 1000 * Int64(estimate.permille)
        } else {
            line.moves = Int64(layer.tarSize)
        }
        return line
    }

    // MARK: Estimates

    /// What a step would make, as far as names and sizes tell.
    private func estimate(_ operation: StepOperation, _ line: inout BuildPreview.Step) throws {
        switch operation {
        case .metadata, .makeDirectory: line.layers = [BuildPreview.Layer(size: 1536, writes: 1536)]
        case .run:
            line.layers = [BuildPreview.Layer()]
            line.note = "what it makes is unknown until it runs"
        case .copy(let operation):
            guard !operation.isRemote else {
                line.layers = [BuildPreview.Layer()]
                line.note = "what it makes is unknown until it is fetched"
                return
            }
            guard let tree = try tree(operation.origin) else {
                line.layers = [BuildPreview.Layer()]
                line.note = "what it copies is unknown until the stage it copies from is built"
                return
            }
            let files = try FileSelector(tree: tree, operation: operation).select().flatMap(\.files)
            line.layers = try layers(of: files, in: tree)
        }
    }

    private func layers(of files: [SelectedFile], in tree: SourceTree) throws -> [BuildPreview.Layer] {
        var layers: [BuildPreview.Layer] = []
        var rest: Int64 = 0
        for file in files where file.kind == .regular {
            guard identifier.isLarge(file) else {
                rest += file.size
                continue
            }
            let isKnown = try identifier.content(of: file, in: tree, mayRead: false) != nil
            layers.append(
                BuildPreview.Layer(file: file.treePath, size: file.size, writes: isKnown ? nil : file.size)
            )
            if let limit = request.layers.limit, file.size + 65536 > limit.bytes {
                let error = CopyError.tooLarge(path: file.treePath ?? "", size: file.size, limit)
                preview.warnings.append("\(error.what): \(error.why ?? "")")
            }
        }
        if rest > 0 || layers.isEmpty { layers.append(BuildPreview.Layer(size: rest, writes: rest)) }
        return layers
    }

    // MARK: Sources

    /// Where a copy reads; nil when that has to be built first.
    private func tree(_ origin: FileOrigin) throws -> SourceTree? {
        let layers: [StoredLayer]
        switch origin {
        case .context:
            let tree = try context ?? openContext()
            context = tree
            return tree
        // Files of another context are not fetched for a preview.
        case .named: return nil
        case .stage(let index):
            guard let result = results[index] ?? nil else { return nil }
            layers = result.layers
        case .image(let image): layers = try image.diffIDs.compactMap { try store.layer($0) }
        }
        let lower = layers.isEmpty ? [try store.makeWorkspace().upper.string] : LayerStack.directories(of: layers)
        let device = try FileStatus.of(path: store.root.string).device
        let root = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower))
        return SourceTree(root: root, keepsOwners: true, device: device)
    }
}

extension ImageBuilder {
    /// Tells what a build would do: steps, layers, what is cached and what a push would move.
    ///
    /// Nothing is carried out, no registry is asked, and contents are not read.
    ///
    /// - Throws: ``BuildError``, also when a base image is not in the store.
    public func preview(_ request: BuildRequest) throws -> BuildPreview {
        let context = try ContextPreparation(store: store, environment: environment).prepare(request.contextDirectory)
        let definition = try BuildDefinition(request, context: context)
        let (plan, needed) = try localPlan(request, definition)
        if let missing = needed.first {
            throw BuildError.imageUnavailable(
                name: missing.name,
                reason: "it is not in the store, and a plan fetches nothing: `llmbox pull \(missing.name)` first"
            )
        }
        let previewer = BuildPreviewer(
            store: store,
            request: request,
            plan: plan,
            identifier: ContentIdentifier(
                store: store,
                statCache: store.statCache(),
                threshold: request.layers.threshold
            ),
            openContext: {
                SourceTree(root: try context.open(), ignore: try definition.ignoreRules(), keepsOwners: false)
            }
        )
        return try previewer.run()
    }
}
