internal import BuildPlanning
internal import OCIModel
internal import Storage

extension CopyOperation {
    /// Whether something must be fetched for it.
    var isRemote: Bool {
        sources.contains { source in
            switch source {
            case .url, .git: true
            case .path, .document: false
            }
        }
    }
}

/// `ADD` of addresses and repositories.
extension StageBuilder {
    /// Adds what must be fetched, keyed by what it turns out to be.
    func addRemote(_ operation: CopyOperation, on parents: [StoredLayer], vertex: Int) throws -> StepOutcome {
        let tree = try contextTree()
        let remote = RemoteSources(
            operation,
            store: store,
            usesCache: !request.ignoresCache,
            environment: environment,
            progress: { self.progress.emit(.progress(vertex: vertex, what: $0, bytes: $1, total: $2)) }
        )
        let parent = parents.map(\.diffID)
        let local = try FileSelector(tree: tree, operation: operation).select()
        func key() throws -> BlobDigest? {
            guard let digest = try identifier.digest(of: local, in: tree) else { return nil }
            let content = try remote.content(local: digest)
            return CacheKeys.key(for: operation, parent: parent, content: content, epoch: plan.sourceDateEpoch)
        }
        // Asked for once: every answer costs a question to a server.
        let known = try key()
        let lockKey =
            known
            ?? CacheKeys.key(
                for: operation,
                parent: parent,
                content: identifier.look(of: local, in: tree),
                epoch: plan.sourceDateEpoch
            )
        return try cached(lockKey, vertex: vertex, key: { known }) {
            let selection = try FileSelector(tree: tree, operation: operation, fetched: remote.selection).select()
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
            // What was fetched may have changed since it was asked about.
            return (layers, try key() ?? KeyHasher(kind: "none").finish())
        }
    }
}
