internal import OCIModel
internal import Storage

extension BuildExporter {
    /// Writes the caches of `--cache-to`.
    func exportCaches() throws {
        for location in request.cache.targets where location.kind != .inline {
            do {
                try progress.vertex("exporting cache to \(location.description)") { _ in
                    let access = try RegistryAccess(request.registry, environment: environment)
                    let export = CacheExport(store: store, access: access)
                    try export.write(location.isComplete ? cached : imageRecords, to: location)
                }
            } catch {
                guard location.ignoresErrors else { throw error }
                progress.emit(.warning("cannot write the cache `\(location.description)`: \(error)"))
            }
        }
    }

    /// The annotation that lets an image be a cache itself.
    func inlineCache(_ layers: [StoredLayer], _ epoch: Int64?) throws -> [String: String] {
        guard request.cache.targets.contains(where: { $0.kind == .inline }) else { return [:] }
        let diffIDs = layers.map(\.diffID)
        var document = CacheDocument(cached, diffIDs: diffIDs, epoch: epoch)
        // The image's configuration has them.
        document.diffIDs = []
        let text = String(decoding: try CanonicalJSON.encode(document), as: UTF8.self)
        return [CacheDocument.annotation: text]
    }

    /// The records whose layers are in an image: what a build of the same image needs.
    private var imageRecords: [BlobDigest: BuildCacheRecord] {
        let layers = Set(builds.flatMap { $0.result.layers.map(\.diffID) })
        return cached.filter { $0.value.layers.allSatisfy(layers.contains) }
    }
}
