internal import BuildPlanning
internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Carries out a `COPY` or `ADD`: one layer for each large file, and one above them for the rest.
///
/// The large files' layers come below, so that each depends on nothing but the file, its place and the directories on
/// the way: a changed tokenizer makes a new top layer and does not move a byte of weights.
struct CopyExecutor {
    let store: ImageStore
    let identifier: ContentIdentifier
    let epoch: Int64?
    let policy: LayerPolicy
    /// Told what was decided against the policy.
    let remarks: @Sendable (String) -> Void
    /// Lets some time pass while somebody else does the same; stops the copy by throwing.
    let pause: @Sendable () throws -> Void
    /// Told about each large file as it is copied: its path, how many bytes have been, and its size.
    let note: @Sendable (String, Int64, Int64) throws -> Void

    /// Copies a selection on top of `parents`, the image's layers lowest first.
    ///
    /// - Returns: The new layers, lowest first; at least one.
    func execute(
        _ operation: CopyOperation,
        selection: [SelectedSource],
        tree: SourceTree,
        parents: [StoredLayer]
    ) throws -> [AssembledLayer] {
        let workspace = try store.makeWorkspace()
        // With `--link` nothing of what lies below counts: the copy goes into an empty image, and its layers on top.
        let below = operation.isLinked ? [] : parents
        if below.isEmpty {
            try BeneathPath(opening: workspace.directory.string).makeDirectories("nothing", mode: 0o755)
        }
        let view = try ImageView(below, orEmpty: workspace.directory.appending("nothing").string)
        let placement = try CopyPlacement(
            selection,
            operation,
            keepsOwners: tree.keepsOwners,
            lookup: try OwnerLookup(view.root),
            isDirectory: { try view.isDirectory($0) },
            isArchive: { file in
                // What was fetched is unpacked only when the Dockerfile says so.
                guard operation.isAdd, operation.unpack ?? (file.tree == nil), let path = file.treePath else {
                    return false
                }
                return try file.home(tree).isArchive(path)
            }
        )
        let division = try LayerDivision(
            placement.files,
            policy: policy,
            below: parents.count,
            isLarge: identifier.isLarge
        )
        if let remark = division.remark { remarks(remark) }
        let rest = division.rest
        let planner = LargeFilePlanner(view: view, placement: placement)
        let files = try division.large.map(planner.layer)
        let maker = LargeFileLayer(store: store, identifier: identifier, tree: tree, note: note, pause: pause)
        // Each layer depends on its file alone: as many at once as there are processors to hash.
        let made = try ParallelWork.map(files.count) { try maker.layer(for: files[$0]) }
        let layers = zip(files, made).map { file, layer in
            AssembledLayer(
                diffID: layer.diffID,
                size: Int64(layer.tarSize),
                comment: TerminalText.escaped("file: \(file.path)")
            )
        }
        let isNeeded = layers.isEmpty || !placement.archives.isEmpty || rest.contains { $0.path != "/" }
        guard isNeeded else { return layers }
        // Through a merged view, a new directory would hide what other images have in its place.
        let mount =
            operation.isLinked
            ? try BeneathPath(opening: workspace.upper.string).openDirectory(".")
            : try Overlay.mount(parents + made, workspace: workspace, store: store)
        let top = try writeRest(rest, placement, tree: tree, view: view, through: mount, workspace: workspace)
        return layers + [AssembledLayer(diffID: top.diffID, size: Int64(top.tarSize))]
    }

    private func writeRest(
        _ files: [PlacedFile],
        _ placement: CopyPlacement,
        tree: SourceTree,
        view: ImageView,
        through mount: consuming OwnedFD,
        workspace: LayerWorkspace
    ) throws -> StoredLayer {
        let origins = try write(files, placement, tree: tree, view: view, through: mount)
        // The view is gone by now: the upper directory has all there is. Contents that nobody has read for a cache key
        // are identified by the same reading that makes the layer.
        let identifier = identifier
        let observer = LayerWriter.ContentObserver(
            wants: { origins[$0].map { identifier.known($0.identity) == nil } ?? false },
            take: { inode, digest in
                guard let origin = origins[inode] else { return }
                identifier.learn(
                    digest,
                    of: origin.identity,
                    isPlain: origin.isPlain,
                    observed: origin.observed
                )
            }
        )
        return try store.commitTree(workspace, observer: observer)
    }

    /// Writes the files, and tells what each new one is a copy of.
    private func write(
        _ files: [PlacedFile],
        _ placement: CopyPlacement,
        tree: SourceTree,
        view: ImageView,
        through mount: consuming OwnedFD
    ) throws -> [UInt64: CopiedContent] {
        let writer = TreeWriter(root: BeneathPath(root: mount), parentOwner: placement.parentOwner, epoch: epoch)
        for placed in files {
            let isNew = try placed.file.kind == .directory && !view.isDirectory(placed.path)
            try writer.write(placed, from: tree, isNewDirectory: isNew)
        }
        for archive in placement.archives {
            try writer.makeDirectory(archive.directory, owner: placement.parentOwner)
            let path = archive.file.treePath ?? ""
            let file = try archive.file.home(tree).openFile(path)
            let root = try writer.openRoot()
            let owner = placement.owner.map { (userID: $0.user ?? 0, groupID: $0.group ?? 0) }
            var limits = TarLimits()
            limits.unpackedBytes = min(limits.unpackedBytes, UInt64(try DiskSpace.usable(at: store.root.string)))
            try ArchiveExtractor(root: root.raw, limits: limits).extract(
                FileSource(descriptor: file.raw, name: path),
                into: Array(FileName.bytes(archive.directory).dropFirst()),
                owner: owner
            )
        }
        try writer.finish()
        // An archive may replace files that were copied before it, and their inodes with them.
        return placement.archives.isEmpty ? writer.origins : [:]
    }
}

/// The files of an image as they are before a step.
final class ImageView {
    let root: BeneathPath

    /// Mounts the layers, lowest first, for reading; `orEmpty` is a directory that stands for no layers at all.
    init(_ layers: [StoredLayer], orEmpty empty: String) throws {
        let lower = layers.isEmpty ? [empty] : LayerStack.directories(of: layers)
        root = BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower))
    }

    /// Whether a path leads to a directory.
    func isDirectory(_ path: String) throws -> Bool {
        try status(path)?.kind == .directory
    }

    /// The text of the link at a path whose parents are no links; nil when there is no link.
    func linkTarget(_ path: String) throws -> String? {
        guard try status(path, followFinalLink: false)?.kind == .symbolicLink else { return nil }
        return try root.readLink(path)
    }

    /// What a path leads to.
    func status(_ path: String, followFinalLink: Bool = true) throws -> FileStatus? {
        do {
            return try root.stat(path, followFinalLink: followFinalLink)
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory].contains(error.errno) { return nil }
            throw error
        }
    }
}

/// The merged view through which a step writes.
enum Overlay {
    /// Mounts `layers`, lowest first, with the workspace on top; only the returned descriptor leads to it.
    static func mount(_ layers: [StoredLayer], workspace: LayerWorkspace, store: ImageStore) throws -> OwnedFD {
        var lower = LayerStack.directories(of: layers)
        if lower.isEmpty {
            // An overlay needs something below; an empty directory beside the upper one says nothing.
            let empty = workspace.directory.appending("empty").string
            try BeneathPath(opening: workspace.directory.string).makeDirectories("empty", mode: 0o755)
            lower = [empty]
        }
        return try DetachedMount.overlay(
            lower: lower,
            upper: workspace.upper.string,
            work: workspace.work.string,
            options: .init(volatile: true, attributes: [.noDevices, .noSetUserID])
        )
    }
}
