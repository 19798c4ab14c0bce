public import OCIModel

/// A layer that a step made, as far as the image's documents are concerned.
public struct AssembledLayer: Hashable, Sendable {
    /// SHA-256 of the layer's tar stream.
    public var diffID: BlobDigest
    /// The stream's length.
    public var size: Int64
    /// What the history says about it beside the instruction; nil for the usual remark.
    public var comment: String?
    /// The earlier layer of the same stage whose place it takes; nil for one that comes on top.
    public var replaces: BlobDigest?

    /// Makes a layer.
    public init(diffID: BlobDigest, size: Int64, comment: String? = nil, replaces: BlobDigest? = nil) {
        self.diffID = diffID
        self.size = size
        self.comment = comment
        self.replaces = replaces
    }
}

/// The documents of a finished image.
public struct AssembledImage: Sendable {
    /// The configuration's bytes.
    public var config: [UInt8]
    /// The manifest's bytes.
    public var manifest: [UInt8]
    /// The configuration's digest: the image ID.
    public var configDigest: BlobDigest
    /// The manifest's digest.
    public var manifestDigest: BlobDigest
}

/// What one step contributed to the image.
public struct StepOutcome: Sendable {
    /// The layers it made, lowest first; empty for a step that only edits the configuration.
    public var layers: [AssembledLayer]
    /// When they were made, in RFC 3339.
    public var created: String?

    /// Makes an outcome.
    public init(layers: [AssembledLayer] = [], created: String? = nil) {
        self.layers = layers
        self.created = created
    }
}

/// Puts configuration, history and layers together into an image's documents.
public enum ImageAssembly {
    /// The history that a stage adds to its base's.
    ///
    /// A step without a layer takes the time of the layer before it. A step that made several layers has an entry for
    /// each, because entries that are not empty pair up with layers.
    public static func history(of steps: [BuildStep], outcomes: [StepOutcome], after time: String?) -> [HistoryEntry] {
        var time = time
        var entries: [HistoryEntry] = []
        for (step, outcome) in zip(steps, outcomes) {
            if let created = outcome.created { time = created }
            if outcome.layers.allSatisfy({ $0.replaces != nil }) {
                entries.append(
                    HistoryEntry(
                        created: time,
                        createdBy: step.history,
                        comment: HistoryText.comment,
                        emptyLayer: true
                    )
                )
            }
            for layer in outcome.layers where layer.replaces == nil {
                entries.append(
                    HistoryEntry(
                        created: time,
                        createdBy: step.history,
                        comment: layer.comment ?? HistoryText.comment
                    )
                )
            }
        }
        return entries
    }

    /// The history of an image whose layers above the base became one: the instructions stay, one entry has the layer.
    ///
    /// `base` and `added` count the layers of the base and those that became one.
    public static func squashed(
        _ history: [HistoryEntry],
        base: Int,
        added: Int,
        created: String
    ) -> [HistoryEntry] {
        var seen = 0
        var entries = history.map { entry in
            var entry = entry
            if entry.emptyLayer != true {
                seen += 1
                if seen > base { entry.emptyLayer = true }
            }
            return entry
        }
        entries.append(HistoryEntry(created: created, comment: "squashed \(added) layers"))
        return entries
    }

    /// The history of an image of whose last `added` layers those of a window became one: the instructions stay, and the last
    /// of them has the layer.
    public static func merged(_ history: [HistoryEntry], of added: Int, window: Range<Int>) -> [HistoryEntry] {
        var place = added - history.count { $0.emptyLayer != true }
        return history.map { entry in
            var entry = entry
            guard entry.emptyLayer != true else { return entry }
            if window.dropLast().contains(place) { entry.emptyLayer = true }
            if place == window.last { entry.comment = "merged \(window.count) layers" }
            place += 1
            return entry
        }
    }

    /// Makes the documents of an image from all its layers, lowest first, and its whole history.
    ///
    /// The manifest speaks one family of media types, never both.
    public static func assemble(
        config: ContainerConfig,
        author: String?,
        platform: Platform,
        layers: [AssembledLayer],
        history: [HistoryEntry],
        created: String?,
        annotations: [String: String] = [:],
        usesDockerTypes: Bool = false
    ) throws -> AssembledImage {
        var image = ImageConfig(platform: platform)
        image.created = created
        image.author = author
        image.config = config
        image.rootfs = .init(diffIDs: layers.map(\.diffID))
        image.history = history
        let configBytes = try CanonicalJSON.encode(image)
        let configDigest = BlobDigest(hashing: configBytes)
        let layerType = usesDockerTypes ? MediaType.dockerLayer : MediaType.layer
        var manifest = ImageManifest(
            config: Descriptor(
                mediaType: usesDockerTypes ? MediaType.dockerConfig : MediaType.config,
                digest: configDigest,
                size: Int64(configBytes.count)
            ),
            layers: layers.map { Descriptor(mediaType: layerType, digest: $0.diffID, size: $0.size) },
            annotations: annotations.isEmpty ? nil : annotations
        )
        if usesDockerTypes { manifest.mediaType = MediaType.dockerManifest }
        let manifestBytes = try CanonicalJSON.encode(manifest)
        return AssembledImage(
            config: configBytes,
            manifest: manifestBytes,
            configDigest: configDigest,
            manifestDigest: BlobDigest(hashing: manifestBytes)
        )
    }
}
