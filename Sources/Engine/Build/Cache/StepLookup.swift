internal import BuildPlanning
internal import DockerfileSyntax
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// What steps are remembered under, found alike by a build and by a look at what a build would do.
struct StepLookup: Sendable {
    let store: ImageStore
    let request: BuildRequest
    let identifier: ContentIdentifier
    /// The time that stands for every time the build itself makes.
    let epoch: Int64?
    /// Whether build cache besides the store's may know a step.
    var hasOtherCaches = false

    // MARK: Copies

    /// The files that a copy of local sources means, and its keys.
    struct Copy {
        let operation: CopyOperation
        let tree: SourceTree
        let selection: [SelectedSource]
        /// What the selection looks like from outside.
        let appearance: BlobDigest
        /// The key of all copies that look like this from outside: everything but contents counts.
        let look: BlobDigest
    }

    /// Finds the files of a copy, reading no contents; ``standingAlone(_:on:)`` has seen the copy before.
    func copy(_ operation: CopyOperation, from tree: SourceTree, on parents: [some LayerIdentity]) throws -> Copy {
        let selection = try select(operation, from: tree)
        let appearance = identifier.look(of: selection, in: tree)
        let look = key(for: operation, on: parents, content: appearance)
        return Copy(operation: operation, tree: tree, selection: selection, appearance: appearance, look: look)
    }

    /// The files that the paths of a copy mean, with what is known about them.
    func select(_ operation: CopyOperation, from tree: SourceTree) throws -> [SelectedSource] {
        try FileSelector(tree: tree, operation: operation, known: identifier.knowledge(of: tree)).select()
    }

    /// What a copy is remembered under; nil when nothing that looks like it was ever copied, and nothing was read.
    func key(for copy: Copy, on parents: [some LayerIdentity], ignoresCache: Bool) throws -> BlobDigest? {
        // What never looked like this cannot be in the cache: then contents are read once, by the copy itself.
        let mayHit = try !ignoresCache && (hasOtherCaches || store.buildRecord(for: copy.look) != nil)
        let content = try identifier.digest(
            of: copy.selection,
            in: copy.tree,
            look: copy.appearance,
            reading: mayHit ? .asNeeded : .nothing
        )
        return content.map { key(for: copy.operation, on: parents, content: $0) }
    }

    /// The same for files that were just copied, so that their contents are known.
    func finishedKey(for copy: Copy, on parents: [some LayerIdentity]) throws -> BlobDigest {
        let content = try identifier.digest(of: copy.selection, in: copy.tree, look: copy.appearance)
        return content.map { key(for: copy.operation, on: parents, content: $0) } ?? KeyHasher(kind: "none").finish()
    }

    /// What a copy of some content is remembered under.
    func key(for operation: CopyOperation, on parents: [some LayerIdentity], content: BlobDigest) -> BlobDigest {
        let parent = parents.map(\.diffID)
        return request.layers.key(CacheKeys.key(for: operation, parent: parent, content: content, epoch: epoch))
    }

    /// The copy with its owner as numbers when it is one with `--link`: that is all that it takes from below.
    func standingAlone(_ operation: CopyOperation, on parents: [StoredLayer]) throws -> CopyOperation {
        guard operation.isLinked, let text = operation.owner, OwnerLookup.needsNames(text) else { return operation }
        let workspace = try store.makeWorkspace()
        let view = try ImageView(parents, orEmpty: workspace.upper.string)
        let owner = try OwnerLookup(view.root).owner(text)
        var operation = operation
        operation.owner = [owner.user, owner.group].map { $0.map(String.init) ?? "" }.joined(separator: ":")
        return operation
    }

    // MARK: Processes

    /// What a process is remembered under; `tree` tells what a mount shows.
    ///
    /// - Returns: nil when `tree` does, because what is mounted is not there yet.
    func key(
        for operation: RunOperation,
        on layers: [some LayerIdentity],
        foreign: Set<BlobDigest>,
        tree: (FileOrigin) throws -> SourceTree?,
        selected: (FileOrigin, [SelectedSource]) -> Void = { _, _ in }
    ) throws -> BlobDigest? {
        var mounted: [BlobDigest?] = []
        for mount in operation.mounts {
            guard case .bind(let bind) = mount.mount else {
                mounted.append(nil)
                continue
            }
            guard let tree = try tree(mount.origin) else { return nil }
            let source = CopyOperation(origin: mount.origin, path: bind.source.isEmpty ? "/" : bind.source)
            let selection = try select(source, from: tree)
            selected(mount.origin, selection)
            mounted.append(try identifier.digest(of: selection, in: tree, reading: .everything))
        }
        return FoldingRecord.key(
            CacheKeys.key(for: operation, parent: layers.map(\.diffID), mounted: mounted),
            parents: layers,
            foreign: foreign
        )
    }

    // MARK: Records

    /// What a record says that a step made; nil when one of its layers is gone.
    func outcome(of record: BuildCacheRecord) throws -> StepOutcome? {
        let remarks = record.payload.split(separator: "\n", omittingEmptySubsequences: false)
        var layers: [AssembledLayer] = []
        for (index, diffID) in record.layers.enumerated() {
            guard let layer = try store.layer(diffID) else { return nil }
            layers.append(AssembledLayer(layer, recorded: index < remarks.count ? String(remarks[index]) : ""))
        }
        return StepOutcome(layers: layers, created: BuildTime.text(epoch ?? record.created))
    }
}
