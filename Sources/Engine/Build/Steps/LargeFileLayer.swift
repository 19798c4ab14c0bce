internal import BuildPlanning
internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Makes the layer of a large file, or finds the one that was made before.
struct LargeFileLayer: Sendable {
    let store: ImageStore
    let identifier: ContentIdentifier
    let tree: SourceTree
    /// Told of each file that is copied its path, how many bytes of it have been, and its size; stops the copy by throwing
    /// at its beginning.
    let note: @Sendable (String, Int64, Int64) throws -> Void

    /// After how many bytes it is told again.
    private static let noteInterval: Int64 = 32 << 20

    /// Lets some time pass while somebody else copies the same file; stops this build by throwing.
    let pause: @Sendable () throws -> Void

    /// The file's layer.
    ///
    /// Whoever is about to make the same layer, in this build or in another process, waits and takes the result.
    func layer(for file: PlannedLargeFile) throws -> StoredLayer {
        var content = try identifier.content(of: file.placed.file, in: tree)
        if let content, let layer = try storedLayer(of: file, content: content) { return layer }
        guard let name = lockName(of: file) else { return try newLayer(for: file, content: content) }
        var hasWaited = false
        while true {
            guard let lock = try store.tryLockBuildKey(name) else {
                hasWaited = true
                try pause()
                continue
            }
            defer { lock.release() }
            if hasWaited {
                content = try identifier.content(of: file.placed.file, in: tree)
                if let content, let layer = try storedLayer(of: file, content: content) { return layer }
            }
            return try newLayer(for: file, content: content)
        }
    }

    private func lockName(of file: PlannedLargeFile) -> BlobDigest? {
        let selected = file.placed.file
        guard let identity = selected.status?.identity(onDevice: selected.home(tree).device) else { return nil }
        return CacheKeys.key(forLargeFile: ContentIdentifier.key(identity), header: file.header)
    }

    private func newLayer(for file: PlannedLargeFile, content: BlobDigest?) throws -> StoredLayer {
        let observed = StatCache.now()
        try note(file.path, 0, file.placed.file.size)
        let layer = try make(file.placed, at: file.path, parents: file.parents)
        let token = content ?? layer.diffID
        if content == nil {
            let place = String(file.path.dropFirst())
            try identifier.remember(token, of: file.placed.file, in: tree, at: place, observed: observed)
        }
        let record = BuildCacheRecord(layers: [layer.diffID], created: observed / 1_000_000_000)
        try store.storeBuildRecord(record, for: CacheKeys.key(forLargeFile: token, header: file.header))
        return layer
    }

    /// The layer that was made before for the same content at the same place.
    func storedLayer(of file: PlannedLargeFile, content: BlobDigest) throws -> StoredLayer? {
        let key = CacheKeys.key(forLargeFile: content, header: file.header)
        guard let diffID = try store.buildRecord(for: key)?.layers.first else { return nil }
        return try store.layer(diffID)
    }

    private func make(
        _ placed: PlacedFile,
        at path: String,
        parents: [PlannedLargeFile.Parent]
    ) throws -> StoredLayer {
        let workspace = try store.makeWorkspace()
        let root = try BeneathPath(opening: workspace.upper.string)
        let builder = try LayerStreamBuilder(indexPath: workspace.index)
        for parent in parents {
            try root.makeDirectory(parent.path, mode: parent.mode)
            try root.setOwner(parent.path, user: parent.user, group: parent.group)
            try root.setMode(parent.path, parent.mode)
            var entry = TarEntry(path: FileName.bytes(String(parent.path.dropFirst())), kind: .directory)
            (entry.mode, entry.userID, entry.groupID) = (parent.mode, parent.user, parent.group)
            // The same time whatever lies beside the file, or a changed neighbour would change this layer.
            entry.modificationTime = 0
            try builder.add(entry)
        }
        let name = String(path.dropFirst())
        try copy(placed, name, root: root, builder: builder)
        let zero = FileStatus.Timestamp(seconds: 0, nanoseconds: 0)
        for parent in parents.reversed() { try root.setTimes(parent.path, accessed: zero, modified: zero) }
        return try store.commit(workspace, try builder.finish())
    }

    private func copy(
        _ placed: PlacedFile,
        _ name: String,
        root: borrowing BeneathPath,
        builder: LayerStreamBuilder
    ) throws {
        guard let status = placed.file.status, let sourcePath = placed.file.treePath else { return }
        let home = placed.file.home(tree)
        let source = try home.openFile(sourcePath)
        guard try FileStatus.of(source).identity() == status.identity() else { throw CopyError.changed(sourcePath) }
        // What was fetched for this step becomes the layer's file as it is: its bytes are on the disk once, and only read.
        let isTaken = try home.isOurs && root.link(source, as: name)
        let destination = try isTaken ? root.open(name, O_RDONLY | O_NOFOLLOW) : root.createFile(name, mode: 0o600)
        var entry = TarEntry(path: FileName.bytes(name), kind: .file)
        (entry.mode, entry.userID, entry.groupID) = (placed.mode, placed.user, placed.group)
        entry.size = UInt64(status.size)
        entry.modificationTime = status.modified.seconds
        entry.extendedAttributes = placed.file.attributes.map {
            ExtendedAttribute(name: Array($0.name.utf8), value: $0.value)
        }
        var (done, told) = (Int64(0), Int64(0))
        let target = isTaken ? nil : destination.raw
        try builder.addFile(entry, treePath: FileName.bytes(name), from: source.raw, to: target) { count in
            done += Int64(count)
            guard done - told >= Self.noteInterval || done == status.size else { return }
            told = done
            // Half a file is no use to anybody, so nothing stops here.
            try? note("/" + name, done, status.size)
        }
        // The new name has changed the file's own times; nobody else knows the file.
        guard try isTaken || FileStatus.of(source).identity() == status.identity() else {
            throw CopyError.changed(sourcePath)
        }
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
}
