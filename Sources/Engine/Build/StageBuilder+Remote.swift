internal import BuildPlanning
internal import OCIModel
internal import Storage

extension CopyOperation {
    /// Whether something must be fetched for it.
    var isRemote: Bool {
        sources.contains { source in
            switch source {
            case .url, .git, .hub: true
            case .path, .document: false
            }
        }
    }
}

/// `ADD` of addresses and repositories.
extension StageBuilder {
    /// Adds what must be fetched, keyed by what it turns out to be.
    func addRemote(_ operation: CopyOperation, on stage: StageResult, vertex: Int) throws -> StepOutcome {
        let parents = stage.layers
        let tree = try sources.context()
        let reporter = progress
        let remote = RemoteSources(
            operation,
            store: store,
            usesCache: !stage.ignoresCache,
            threshold: request.layers.threshold,
            environment: environment,
            secret: { id in try self.request.secrets.first { $0.id == id }?.bytes() },
            progress: { reporter.emit(.progress(vertex: vertex, what: $0, bytes: $1, total: $2)) }
        )
        let local = try lookup.select(operation, from: tree)
        func key() throws -> BlobDigest? {
            guard let digest = try lookup.identifier.digest(of: local, in: tree) else { return nil }
            return lookup.key(for: operation, on: parents, content: try remote.content(local: digest))
        }
        // Asked for once: every answer costs a question to a server.
        let known = try key()
        let look = lookup.key(for: operation, on: parents, content: lookup.identifier.look(of: local, in: tree))
        return try cached(known ?? look, of: stage, vertex: vertex, key: { known }) {
            let selection = try FileSelector(tree: tree, operation: operation, fetched: remote.selection).select()
            let executor = copyExecutor(vertex, on: stage)
            let layers = try executor.execute(operation, selection: selection, tree: tree, parents: parents)
            // What was fetched may have changed since it was asked about.
            return (layers, try key() ?? KeyHasher(kind: "none").finish())
        }
    }
}
