public import OCIModel
internal import Storage
internal import SystemPackage

/// Everything that is known about an image.
public struct ImageDetails: Sendable {
    /// The image.
    public let image: ImageHandle
    /// Its names, in the short form.
    public let tags: [String]
    /// The names under which registries have it, with digests.
    public let digests: [String]
    /// Bytes of its files.
    public let size: UInt64
    /// When its newest name was given, in seconds since 1970.
    public let lastTagged: Int64?
    /// The directories of its layers, lowest first.
    public let layerDirectories: [String]
    /// The manifest.
    public let manifest: ImageManifest
}

/// One line of an image's history.
public struct ImageHistoryLine: Equatable, Sendable {
    /// What was done.
    public let entry: HistoryEntry
    /// Bytes of the files in the layer that it made, 0 for none.
    public let size: UInt64
}

extension ImageService {
    /// Looks into the image that a name or an ID means.
    public func inspect(_ text: String) throws -> ImageDetails {
        let stored = try store.resolve(text)
        let image = try handle(stored)
        let references = try store.references().filter { $0.manifestDigest == stored.manifestDigest }
        let layers = store.root.appending("layers")
        return ImageDetails(
            image: image,
            tags: references.filter { $0.reference.tag != nil }.map(\.reference.familiar),
            digests: references.filter { $0.reference.tag == nil }.map(\.reference.familiar),
            size: try size(of: image.config),
            lastTagged: references.map(\.updated).max(),
            layerDirectories: image.config.rootfs.diffIDs.map { layers.appending($0.hex).appending("tree").string },
            manifest: try store.manifest(stored.manifestDigest)
        )
    }

    /// How an image came to be, the newest step first, with its ID.
    ///
    /// Layers that no entry of the history accounts for have entries of their own at the bottom.
    public func history(_ text: String) throws -> (id: BlobDigest, lines: [ImageHistoryLine]) {
        let image = try handle(store.resolve(text))
        let entries = image.config.history ?? []
        var diffIDs = image.config.rootfs.diffIDs[...]
        let unexplained = diffIDs.count - entries.count { $0.emptyLayer != true }
        var lines: [ImageHistoryLine] = []
        for _ in 0..<max(0, unexplained) {
            guard let diffID = diffIDs.popFirst() else { break }
            lines.append(ImageHistoryLine(entry: HistoryEntry(), size: try store.contentSize(of: diffID) ?? 0))
        }
        for entry in entries {
            let diffID = entry.emptyLayer == true ? nil : diffIDs.popFirst()
            lines.append(
                ImageHistoryLine(entry: entry, size: try diffID.flatMap { try store.contentSize(of: $0) } ?? 0)
            )
        }
        return (image.id, lines.reversed())
    }
}
