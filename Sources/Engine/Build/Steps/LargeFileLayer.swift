internal import BuildPlanning
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Makes the layer of one large file, or finds the one that was made before.
struct LargeFileLayer {
    let store: ImageStore
    let identifier: ContentIdentifier
    let view: ImageView
    let placement: CopyPlacement
    /// Told the path and the size of a file that is about to be copied.
    let note: (String, Int64) -> Void

    /// A directory on the way to the file, as the image will have it.
    private struct Parent {
        var path: String
        var user: UInt32
        var group: UInt32
        var mode: UInt32

        var header: String { "\(path) \(user):\(group) \(String(mode, radix: 8))" }
    }

    /// The layer and the absolute path of the file in it.
    func layer(for placed: PlacedFile, tree: SourceTree) throws -> (layer: StoredLayer, path: String) {
        let path = try realPath(placed.path)
        if try view.isDirectory(path) { throw CopyError.fileOverDirectory(path) }
        let parents = try parents(of: path)
        var header = parents.map(\.header)
        header.append("\(path) \(placed.user):\(placed.group) \(String(placed.mode, radix: 8))")
        for attribute in placed.file.attributes {
            header.append("\(attribute.name)=\(BlobDigest(hashing: attribute.value).hex)")
        }
        // A time is not part of the identity: a file that was only touched keeps the layer it has.
        let content = try identifier.content(of: placed.file, in: tree)
        if let content {
            let key = CacheKeys.key(forLargeFile: content, header: header)
            if let diffID = try store.buildRecord(for: key)?.layers.first, let layer = try store.layer(diffID) {
                return (layer, path)
            }
        }
        let observed = StatCache.now()
        note(path, placed.file.size)
        let layer = try make(placed, at: path, parents: parents, tree: tree)
        let token = content ?? layer.diffID
        if content == nil {
            try identifier.remember(
                token,
                of: placed.file,
                in: tree,
                at: String(path.dropFirst()),
                observed: observed
            )
        }
        let record = BuildCacheRecord(layers: [layer.diffID], created: observed / 1_000_000_000)
        try store.storeBuildRecord(record, for: CacheKeys.key(forLargeFile: token, header: header))
        return (layer, path)
    }

    private func make(
        _ placed: PlacedFile,
        at path: String,
        parents: [Parent],
        tree: SourceTree
    ) throws -> StoredLayer {
        let workspace = try store.makeWorkspace()
        let root = try BeneathPath(opening: workspace.upper.string)
        let builder = try LayerStreamBuilder(indexPath: workspace.index)
        for parent in parents {
            try root.makeDirectory(parent.path, mode: parent.mode)
            try root.setOwner(parent.path, user: parent.user, group: parent.group)
            try root.setMode(parent.path, parent.mode)
            var entry = TarEntry(String(parent.path.dropFirst()), kind: .directory)
            (entry.mode, entry.userID, entry.groupID) = (parent.mode, parent.user, parent.group)
            // The same time whatever lies beside the file, or a changed neighbour would change this layer.
            entry.modificationTime = 0
            try builder.add(entry)
        }
        let name = String(path.dropFirst())
        try copy(placed, name, tree: tree, root: root, builder: builder)
        let zero = FileStatus.Timestamp(seconds: 0, nanoseconds: 0)
        for parent in parents.reversed() { try root.setTimes(parent.path, accessed: zero, modified: zero) }
        return try store.commit(workspace, try builder.finish())
    }

    private func copy(
        _ placed: PlacedFile,
        _ name: String,
        tree: SourceTree,
        root: borrowing BeneathPath,
        builder: LayerStreamBuilder
    ) throws {
        guard let status = placed.file.status, let sourcePath = placed.file.treePath else { return }
        let source = try tree.openFile(sourcePath)
        guard try FileStatus.of(source).identity() == status.identity() else { throw CopyError.changed(sourcePath) }
        let destination = try root.createFile(name, mode: 0o600)
        var entry = TarEntry(name, kind: .file)
        (entry.mode, entry.userID, entry.groupID) = (placed.mode, placed.user, placed.group)
        entry.size = UInt64(status.size)
        entry.modificationTime = status.modified.seconds
        entry.extendedAttributes = placed.file.attributes.map {
            ExtendedAttribute(name: Array($0.name.utf8), value: $0.value)
        }
        try builder.addFile(entry, treePath: Array(name.utf8), from: source.raw, to: destination.raw)
        guard try FileStatus.of(source).identity() == status.identity() else { throw CopyError.changed(sourcePath) }
        let descriptor = destination.raw
        try check("set the owner of", name) { fchown(descriptor, placed.user, placed.group) }
        try check("set the mode of", name) { fchmod(descriptor, mode_t(placed.mode)) }
        for attribute in placed.file.attributes {
            try ExtendedAttributes.set(attribute.name, attribute.value, of: destination)
        }
        try root.setTimes(
            name,
            accessed: status.modified,
            modified: .init(seconds: status.modified.seconds, nanoseconds: 0)
        )
    }

    /// Where a path really leads in the image, so that the layer can name it without links.
    private func realPath(_ path: String) throws -> String {
        let resolved = try LinkResolution.resolve(path) { try view.linkTarget($0) }
        guard let resolved else { throw CopyError.tooManyLinks(path) }
        return resolved
    }

    /// The directories on the way with the owners and modes they will have.
    private func parents(of path: String) throws -> [Parent] {
        var result: [Parent] = []
        let parts = path.split(separator: "/").dropLast()
        for count in parts.indices {
            let place = "/" + parts[...count].joined(separator: "/")
            if let status = try view.status(place) {
                guard status.kind == .directory else { throw CopyError.directoryOverFile(place) }
                result.append(
                    Parent(path: place, user: status.user, group: status.group, mode: status.permissions)
                )
            } else if let copied = placement.files.last(where: { $0.path == place && $0.file.kind == .directory }) {
                result.append(Parent(path: place, user: copied.user, group: copied.group, mode: copied.mode))
            } else {
                let owner = placement.parentOwner
                result.append(Parent(path: place, user: owner.user ?? 0, group: owner.group ?? 0, mode: 0o755))
            }
        }
        return result
    }
}
