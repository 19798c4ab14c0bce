internal import BuildPlanning
internal import DockerfileSyntax
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Walks a plan as a build would and looks into the cache in the same way, but carries nothing out and fetches nothing.
final class BuildPreviewer {
    private let store: ImageStore
    private let request: BuildRequest
    private let plan: BuildPlan
    private let lookup: StepLookup
    private let sources: StepSources
    /// The layers at the end of each stage; nil where a step would have to be carried out to know them.
    private var results: [Int: PreviewedStage?] = [:]
    /// Build cache besides the store's.
    private let caches: [CacheSource]
    private(set) var preview = BuildPreview()

    init(
        store: ImageStore,
        request: BuildRequest,
        plan: BuildPlan,
        identifier: ContentIdentifier,
        sources: StepSources,
        caches: [CacheSource]
    ) {
        self.store = store
        self.request = request
        self.plan = plan
        self.sources = sources
        self.caches = caches
        lookup = StepLookup(
            store: store,
            request: request,
            identifier: identifier,
            epoch: plan.sourceDateEpoch,
            hasOtherCaches: !caches.isEmpty
        )
        preview.destination = request.names.first?.canonical
    }

    /// Looks at every stage.
    func run() throws -> BuildPreview {
        for stage in plan.stages { results[stage.index] = try look(at: stage) }
        let target = preview.steps.filter { $0.stage == plan.targetStage?.name }
        let count = target.reduce(0) { $0 + $1.layers.count }
        if let remark = LayerPolicy.remark(onLayers: count) { preview.warnings.append(remark) }
        return preview
    }

    private func look(at stage: PlannedStage) throws -> PreviewedStage? {
        var result = try base(of: stage)
        for step in stage.steps where step.operation.makesLayer {
            var line = BuildPreview.Step(stage: stage.name, title: step.title, state: .unknown)
            if !request.ignoresCache(of: stage), let made = try made(by: step.operation, on: result) {
                line.state = .cached
                line.note = made.cache.map { "in the cache `\($0)`" }
                if case .copy(let copy) = step.operation, copy.isRemote {
                    line.note = "if what it fetches is what it was"
                }
                for layer in made.layers {
                    if layer.replaces == nil { line.layers.append(try describe(layer.layer)) }
                    result?.layers.add(layer.layer, replacing: layer.replaces)
                }
            } else {
                if result != nil, !step.operation.isRemote { line.state = .new }
                try estimate(step.operation, &line)
                result = nil
            }
            preview.steps.append(line)
        }
        return result
    }

    private func base(of stage: PlannedStage) throws -> PreviewedStage? {
        switch stage.base {
        case .scratch: return PreviewedStage()
        case .stage(let index): return results[index] ?? nil
        case .image(let image):
            var line = BuildPreview.Step(stage: stage.name, title: "FROM \(stage.baseName)", state: .cached)
            var result = PreviewedStage()
            result.foreign = Set(image.diffIDs)
            for diffID in image.diffIDs {
                guard let layer = try store.layer(diffID) else { throw StorageError.layerMissing(diffID) }
                result.layers.append(PreviewedStage.Layer(layer))
                line.layers.append(try describe(PreviewedStage.Layer(layer)))
            }
            preview.steps.append(line)
            return result
        }
    }

    // MARK: The cache

    /// What a step made once, and the cache that has it when it is another than the store's.
    private struct Made {
        var layers: [(layer: PreviewedStage.Layer, replaces: BlobDigest?)]
        var cache: String?
    }

    /// What the store or another cache has for a step on top of what is known of its stage.
    private func made(by operation: StepOperation, on stage: PreviewedStage?) throws -> Made? {
        guard let key = try key(of: operation, on: stage) else { return nil }
        if let record = try store.buildRecord(for: key), let outcome = try lookup.outcome(of: record) {
            let layers = try outcome.layers.map { layer in
                guard let stored = try store.layer(layer.diffID) else { throw StorageError.layerMissing(layer.diffID) }
                return (PreviewedStage.Layer(stored), layer.replaces)
            }
            return Made(layers: layers, cache: nil)
        }
        for cache in caches {
            guard let record = cache.records[key] else { continue }
            let remarks = record.payload.split(separator: "\n", omittingEmptySubsequences: false)
            let layers = try record.layers.enumerated().compactMap { index, diffID in
                let here = try store.layer(diffID).map { PreviewedStage.Layer($0) }
                return (here ?? cache.layers[diffID].map { PreviewedStage.Layer($0, of: cache.repository) }).map {
                    layer in
                    let remark = index < remarks.count ? String(remarks[index]) : ""
                    return (layer, AssembledLayer(layer, recorded: remark).replaces)
                }
            }
            if layers.count == record.layers.count { return Made(layers: layers, cache: cache.name) }
        }
        return nil
    }

    /// What a step is remembered under; nil where that takes what is not here.
    private func key(of operation: StepOperation, on stage: PreviewedStage?) throws -> BlobDigest? {
        switch operation {
        case .metadata: return nil
        case .makeDirectory(let operation):
            return stage.map { CacheKeys.key(for: operation, parent: $0.layers.map(\.diffID)) }
        case .copy(let operation):
            // A copy with `--link` does not ask what lies below, unless it is for the names of owners.
            let standsAlone = operation.isLinked && !OwnerLookup.needsNames(operation.owner ?? "")
            guard let parents = stage?.layers ?? (standsAlone ? [] : nil), let tree = try tree(operation.origin)
            else { return nil }
            if operation.isRemote { return try remoteKey(of: operation, in: tree, on: parents) }
            let stored = parents.compactMap(\.stored)
            guard standsAlone || !operation.isLinked || stored.count == parents.count else { return nil }
            let copy = try lookup.copy(try lookup.standingAlone(operation, on: stored), from: tree, on: parents)
            return try lookup.key(for: copy, on: parents, ignoresCache: false)
        case .run(let operation):
            guard let stage else { return nil }
            return try lookup.key(for: operation, on: stage.layers, foreign: stage.foreign, tree: tree)
        }
    }

    /// What an `ADD` of addresses that bring what they brought before is remembered under.
    private func remoteKey(
        of operation: CopyOperation,
        in tree: SourceTree,
        on parents: [PreviewedStage.Layer]
    ) throws -> BlobDigest? {
        let remote = RemoteSources(
            operation,
            store: store,
            usesCache: true,
            threshold: request.layers.threshold,
            environment: { _ in nil },
            secret: { _ in nil },
            progress: { _, _, _ in }
        )
        let local = try lookup.select(operation, from: tree)
        guard let digest = try lookup.identifier.digest(of: local, in: tree),
            let content = try remote.rememberedContent(local: digest)
        else { return nil }
        return lookup.key(for: operation, on: parents, content: content)
    }

    private func describe(_ made: PreviewedStage.Layer) throws -> BuildPreview.Layer {
        let diffID = made.diffID
        var line = BuildPreview.Layer(diffID: diffID, file: nil, size: Int64(made.tarSize), writes: 0)
        guard let layer = made.stored else {
            line.writes = made.blobSize
            guard let tag = request.names.first else { return line }
            line.isThere = made.repository.map { $0.domain == tag.domain && $0.path == tag.path } ?? false
            line.moves = line.isThere == true ? 0 : made.blobSize
            return line
        }
        let compressibility = try store.compressibility(of: layer)
        line.isCompressible = compressibility.isWorthwhile
        guard let tag = request.names.first else { return line }
        let known = try store.distribution(of: diffID)
        let isThere = known.origins.contains { $0.registry == tag.domain && $0.repository == tag.path }
        line.isThere = isThere
        if isThere {
            line.moves = 0
        } else if let form = known.compressed.map(\.size).min() {
            line.moves = Int64(form)
        } else {
            line.moves = Self.moves(Int64(layer.tarSize), compressibility)
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
        var rest: [SelectedFile] = []
        for file in files where file.kind == .regular {
            guard lookup.identifier.isLarge(file) else {
                rest.append(file)
                continue
            }
            let isKnown = try lookup.identifier.content(of: file, in: tree, mayRead: false) != nil
            var layer = BuildPreview.Layer(file: file.treePath, size: file.size, writes: isKnown ? nil : file.size)
            try look(into: [file], in: tree, &layer)
            layers.append(layer)
            if let limit = request.layers.limit, file.size + 65536 > limit.bytes {
                let error = CopyError.tooLarge(path: file.treePath ?? "", size: file.size, limit)
                preview.warnings.append("\(error.what): \(error.why ?? "")")
            }
        }
        let size = rest.reduce(0) { $0 + $1.size }
        if size > 0 || layers.isEmpty {
            var layer = BuildPreview.Layer(size: size, writes: size)
            try look(into: rest.filter { $0.size > 0 }, in: tree, &layer)
            layers.append(layer)
        }
        return layers
    }

    /// Estimates from samples of the files what a push would make of their layer.
    private func look(into files: [SelectedFile], in tree: SourceTree, _ line: inout BuildPreview.Layer) throws {
        var probe = CompressibilityProbe()
        let step = max(1, files.count / 16)
        for place in stride(from: 0, to: files.count, by: step) {
            let file = files[place]
            guard let path = file.treePath else { continue }
            let opened = try file.home(tree).openFile(path)
            probe.take(from: opened.raw, size: file.size, blocks: files.count == 1 ? 16 : 1)
        }
        line.isCompressible = probe.result?.isWorthwhile
        guard preview.destination != nil, let size = line.size else { return }
        line.isThere = false
        line.moves = probe.result.map { Self.moves(size, $0) } ?? size
    }

    private static func moves(_ size: Int64, _ compressibility: Compressibility) -> Int64 {
        compressibility.isWorthwhile ? size / 1000 * Int64(compressibility.permille) : size
    }

    // MARK: Sources

    /// Where a step reads; nil when that has to be built or fetched first.
    private func tree(_ origin: FileOrigin) throws -> SourceTree? {
        switch origin {
        case .context, .image: break
        case .named(let name): if !sources.namedContexts.isLocal(name) { return nil }
        case .stage(let index):
            // Layers that are still elsewhere cannot be looked into.
            guard let stage = results[index] ?? nil, stage.layers.allSatisfy({ $0.stored != nil }) else { return nil }
        }
        return try sources.tree(origin) { results[$0]??.layers.compactMap(\.stored) ?? [] }
    }
}

extension ImageBuilder {
    /// Tells what a build would do: steps, layers, what is cached and what a push would move.
    ///
    /// Nothing is carried out, and no registry is asked but for the caches of the request. Contents are read where a build would read them to know whether it
    /// has seen them before.
    ///
    /// - Throws: ``BuildError``, also when a base image is not in the store.
    public func preview(_ request: BuildRequest) throws -> BuildPreview {
        let context = try preparation(request).prepare(request.contextDirectory)
        let definition = try BuildDefinition(request, context: context)
        let (plan, needed) = try localPlan(request, definition)
        if let missing = needed.first {
            throw BuildError.imageUnavailable(
                name: missing.name,
                reason: "it is not in the store, and a plan fetches nothing: `llmbox pull \(missing.name)` first"
            )
        }
        let contexts = NamedContexts(
            request.namedContexts,
            preparation: preparation(request)
        )
        var caches: [CacheSource] = []
        var warnings: [String] = []
        for location in request.cache.sources where !request.ignoresCache {
            do {
                caches.append(try openCache(location, request))
            } catch {
                // As in a build: it may not have been made yet.
                warnings.append("cannot use the cache `\(location.description)`: \(error)")
            }
        }
        let statCache = store.statCache()
        // What was read need not be read again by the build.
        defer { try? statCache.save() }
        let previewer = BuildPreviewer(
            store: store,
            request: request,
            plan: plan,
            identifier: ContentIdentifier(request, store: store, statCache: statCache),
            sources: sources(definition, context, contexts),
            caches: caches
        )
        var preview = try previewer.run()
        preview.warnings.insert(contentsOf: warnings, at: 0)
        return preview
    }
}
