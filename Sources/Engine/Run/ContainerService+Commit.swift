internal import BuildPlanning
internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LayerArchive
internal import LinuxKernel
public import OCIModel
internal import Storage
internal import SystemPackage

/// What becomes of a container's changes.
public struct CommitRequest: Sendable {
    /// The image's name, if any.
    public var reference: ImageReference?
    /// Who made the image.
    public var author: String?
    /// A remark for the history.
    public var message = ""
    /// Dockerfile instructions that only edit the configuration, such as `CMD ["sh"]`.
    public var changes: [String] = []
    /// Whether a running container stands still meanwhile.
    public var pauses = true
    /// The time that stands for now, in seconds since 1970, as `SOURCE_DATE_EPOCH` has it.
    public var sourceDateEpoch: Int64?

    /// Describes a commit under a name, or none.
    public init(reference: ImageReference?) { self.reference = reference }
}

extension ContainerService {
    /// Makes an image of a container: its image, and one layer with everything that it has changed.
    ///
    /// What is in volumes and other mounts is not in the image, and neither are the empty files that mounts needed.
    ///
    /// - Returns: the image's ID.
    /// - Throws: ``ImageServiceError/badChange(_:)``, and errors of looking the container up and of the store.
    public func commit(_ reference: String, _ request: CommitRequest) throws -> BlobDigest {
        let directory = try find(reference)
        let record = try directory.record()
        let base = try store.config(BlobDigest(record.imageID))
        let layers = try store.layers(ofConfig: base)
        let config = try ConfigChanges.apply(
            request.changes,
            to: directory.config() ?? base.config ?? ContainerConfig()
        )
        let added = try holdingStill(directory, request.pauses) { try changes(of: directory, record, below: layers) }
        let time = (request.sourceDateEpoch.map { Timestamp(seconds: $0) } ?? .now()).description
        var entry = HistoryEntry(
            created: time,
            createdBy: record.command.joined(separator: " "),
            comment: request.message.isEmpty ? nil : request.message,
            emptyLayer: added == nil
        )
        entry.author = request.author
        let image = try ImageAssembly.assemble(
            config: config,
            author: request.author ?? base.author,
            platform: base.platform,
            layers: (layers + [added].compactMap { $0 }).map {
                AssembledLayer(diffID: $0.diffID, size: Int64($0.tarSize))
            },
            history: (base.history ?? []) + [entry],
            created: time
        )
        try store.writeBlob(image.config)
        try store.writeBlob(image.manifest)
        if let reference = request.reference {
            try store.setReference(reference.withDefaultTag, to: image.manifestDigest)
        } else {
            try store.addImage(manifest: image.manifestDigest)
        }
        return image.configDigest
    }

    /// Writes a container's files as one tar stream, without what is mounted into it.
    ///
    /// - Parameters:
    ///   - reference: the container, running or not.
    ///   - destination: a file, which appears when it is whole, or `-` for standard output.
    /// - Throws: errors of looking the container up, and of the destination.
    public func export(_ reference: String, to destination: String) throws {
        let directory = try find(reference)
        let record = try directory.record()
        // Nobody removes the layers while their files are read, even when the container goes.
        for path in record.lowerDirectories {
            if let diffID = LayerStack.diffID(ofTree: path) { _ = try store.layer(diffID) }
        }
        let view = try DetachedMount.readOnlyOverlay(lower: [directory.upperPath] + record.lowerDirectories)
        try OutputPlace.write(destination) { descriptor in
            // Mapped ids are the image's on the disk; shifted ones are the container's.
            let shift = record.idPlacement == .shifted ? IDShift(record) : nil
            let archive = TreeArchiver(
                into: FileSink(descriptor: descriptor, name: destination),
                mapOwner: shift.map { shift in { shift.inside(user: $0, group: $1) } }
            )
            try archive.add(FilePath("/proc/self/fd/\(view.raw)/."))
            _ = try archive.finish()
        }
    }

    /// The layer that the container's own files make on top of its image; nil when it has changed nothing.
    private func changes(
        of directory: ContainerDirectory,
        _ record: ContainerRecord,
        below layers: [StoredLayer]
    ) throws -> StoredLayer? {
        let workspace = try store.makeWorkspace()
        try LayerTreeCopy.copy(from: FilePath(directory.upperPath), to: workspace.upper)
        if record.idPlacement == .shifted, let shift = IDShift(record) {
            let root = try OwnedFD.open(workspace.upper.string, O_RDONLY | O_DIRECTORY)
            try TreeOwners.change(root, isOverlay: false) { shift.inside(user: $0, group: $1) }
        }
        let empty = try store.makeWorkspace()
        let view = try ImageView(layers, orEmpty: empty.upper.string)
        let mounted = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", Self.mark]
        let stubs = MountStubs(mounted + record.mounts.map(\.destination), view: view)
        try stubs.remove(from: workspace.upper.string, view: view)
        return try workspace.isEmpty() ? nil : store.commitTree(workspace)
    }

    private func holdingStill<Value>(
        _ directory: ContainerDirectory,
        _ wanted: Bool,
        _ body: () throws -> Value
    ) throws -> Value {
        guard wanted, try directory.state().status == .running else { return try body() }
        do {
            try ContainerControl.setPaused(directory, true)
        } catch ContainerError.notRunning {
            return try body()
        } catch let error as CgroupError {
            guard case .cannotFreeze = error else { throw error }
            warn(UnfrozenCommit(reason: error))
            return try body()
        }
        // A container that has ended meanwhile has nothing to thaw, and a killed one thaws by itself.
        defer { try? ContainerControl.setPaused(directory, false) }
        return try body()
    }
}

extension ImageStore {
    /// The layers that an image's configuration names, the lowest first, which then stay while this process lives.
    func layers(ofConfig config: ImageConfig) throws -> [StoredLayer] {
        try config.rootfs.diffIDs.map { diffID in
            guard let layer = try layer(diffID) else { throw StorageError.layerMissing(diffID) }
            return layer
        }
    }
}

/// A container that goes on running while its files are copied.
private struct UnfrozenCommit: Explainable {
    let reason: CgroupError

    var what: String { "the container runs on while its files are copied" }
    var why: String? { reason.why }
    var remedy: String? {
        "files that it is writing may be half written in the image; `--pause=false` says that this is meant"
    }
}
