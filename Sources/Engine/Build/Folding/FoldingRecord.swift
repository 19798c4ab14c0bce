internal import BuildPlanning
internal import OCIModel
internal import Storage

/// Where a step leaves word of the layers that took the place of others.
final class FoldingRecord {
    /// The new layers.
    private(set) var layers: [AssembledLayer] = []
    private let title: String
    private let foreign: Set<BlobDigest>

    /// Prepares the folding of one step, which must leave the `foreign` layers alone.
    init(title: String, foreign: Set<BlobDigest>) {
        self.title = title
        self.foreign = foreign
    }

    /// The key of a step whose result may be folded into some of its parents.
    ///
    /// Whether a parent is this build's own decides what comes out, and an image must not depend on what the cache saw
    /// before.
    static func key(_ key: BlobDigest, parents: [some LayerIdentity], foreign: Set<BlobDigest>) -> BlobDigest {
        let foldable = parents.filter {
            $0.tarSize >= UInt64(AttributeFolding.smallest) && !foreign.contains($0.diffID)
        }
        guard !foldable.isEmpty else { return key }
        var hasher = KeyHasher(kind: "folding")
        hasher.field("step", key.hex)
        hasher.field("into", foldable.map(\.diffID))
        return hasher.finish()
    }

    /// Folds what can be folded and makes a layer of the rest.
    func commit(_ workspace: LayerWorkspace, of execution: StepExecution) throws -> StoredLayer {
        let own = Set(execution.parents.map(\.diffID)).subtracting(foreign)
        let folding = AttributeFolding(store: execution.store, parents: execution.parents, own: own)
        let outcome = try folding.fold(workspace)
        layers = outcome.replaced.map { old, new in
            AssembledLayer(diffID: new.diffID, size: Int64(new.tarSize), replaces: old)
        }
        if outcome.foldedFiles > 0 {
            let text =
                "\(Self.files(outcome.foldedFiles, outcome.foldedBytes)) changed only in owner, mode or time: "
                + "folded into \(layers.count == 1 ? "the layer that has" : "the layers that have") the content"
            execution.emit(.note(vertex: execution.vertex, text))
        }
        if outcome.wastedFiles > 0 { execution.emit(.warning(warning(outcome))) }
        return try execution.store.commitTree(workspace)
    }

    private func warning(_ outcome: AttributeFolding.Outcome) -> String {
        let example = outcome.wastedExample.map { ", `\($0)` among them" } ?? ""
        return "\(title) changes only owner, mode or time of \(Self.files(outcome.wastedFiles, outcome.wastedBytes))"
            + "\(example): the image has their content twice; set these where the files are copied, "
            + "as with `COPY --chown=… --chmod=…`, or in the base image"
    }

    private static func files(_ count: Int, _ bytes: Int64) -> String {
        "\(count == 1 ? "1 file" : "\(count) files") (\(bytes / 1_000_000) MB)"
    }
}
