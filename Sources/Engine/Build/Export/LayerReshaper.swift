internal import BuildPlanning
internal import Diagnostics
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Makes other layers of finished ones: with other times, or several as one.
///
/// Large files become second names of those in the store, which nobody writes to: neither costs a copy of the weights,
/// only the hash over the new stream. What was made is remembered, so that the next build does not even pay that.
struct LayerReshaper {
    let store: ImageStore
    let ignoresCache: Bool

    /// Files from this size on are shared between layers instead of copied.
    ///
    /// A shared file keeps its own time on the disk, while the stream, and so the layer anywhere else, has the new one.
    private static let sharedFrom: UInt64 = 1 << 20

    /// The layer with other times; itself when they are right already.
    func layer(_ layer: StoredLayer, with times: FileTimes) throws -> StoredLayer {
        guard times != .kept else { return layer }
        var hasher = KeyHasher(kind: "times")
        hasher.field("layer", layer.diffID.hex)
        hasher.field("times", "\(times)")
        return try remembered(under: hasher.finish()) {
            guard try TreeTimes.areChanged(by: times, in: layer.tree) else { return layer }
            var options = TreeCloner.Options()
            options.isLayer = true
            options.sharedFrom = Self.sharedFrom
            options.times = times
            return try clone([layer], options, times)
        }
    }

    /// One layer that does to the base what all of `layers`, lowest first, do to it together.
    func squashed(_ layers: [StoredLayer], onto base: [StoredLayer]) throws -> StoredLayer {
        var hasher = KeyHasher(kind: "squash")
        hasher.field("base", base.map(\.diffID))
        hasher.field("layers", layers.map(\.diffID))
        return try remembered(under: hasher.finish()) {
            let empty = try store.makeWorkspace()
            let view = try ImageView(base, orEmpty: empty.upper.string)
            var options = TreeCloner.Options()
            options.isLayer = true
            options.sharedFrom = 0
            options.isCovered = { path in
                try view.status(FileName.text(path), followFinalLink: false) != nil
            }
            return try clone(layers, options, .kept)
        }
    }

    private func clone(
        _ layers: [StoredLayer],
        _ options: TreeCloner.Options,
        _ times: FileTimes
    ) throws -> StoredLayer {
        let workspace = try store.makeWorkspace()
        let cloner = try TreeCloner(into: workspace.upper, options)
        for layer in layers { try cloner.add(layer.tree) }
        try cloner.finish()
        return try store.commitTree(workspace, times: times)
    }

    private func remembered(under key: BlobDigest, make: () throws -> StoredLayer) throws -> StoredLayer {
        if !ignoresCache, let known = try store.buildRecord(for: key)?.layers.first, let layer = try store.layer(known)
        {
            return layer
        }
        let layer = try make()
        try store.storeBuildRecord(BuildCacheRecord(layers: [layer.diffID], created: BuildTime.now), for: key)
        return layer
    }
}
