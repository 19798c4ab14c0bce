internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel
internal import Storage

/// Mounts whose sources exist on the host.
struct ResolvedMounts {
    var mounts: [ResolvedMount] = []
    var summaries: [MountSummary] = []
    /// Where a path of the host's alone does not say what is mounted.
    var views: [String: PlanInputs.MountView] = [:]
    /// The volumes without a name of their own, which go with the container.
    var anonymous: [String] = []
    /// Those of them that were made now, and that nobody else can know.
    var made: [String] = []
    var filesystems: [VolumeFilesystem] = []
    /// The images that are mounted.
    var images: [MountedImage] = []

    /// Adds a mount that nobody asked for, instead of one that another container has there for reasons of its own.
    mutating func add(_ mount: (ResolvedMount, MountSummary)) {
        mounts.removeAll { $0.destination == mount.0.destination }
        summaries.removeAll { $0.destination == mount.0.destination }
        views[mount.0.destination] = nil
        mounts.append(mount.0)
        summaries.append(mount.1)
    }

    /// Notes what a container has and needs.
    func note(in record: inout ContainerRecord) {
        record.mounts = summaries
        record.anonymousVolumes = anonymous
        if !filesystems.isEmpty { record.volumeFilesystems = filesystems }
        guard !images.isEmpty else { return }
        record.mountedImages = images.map(\.id.description)
        record.mountedLayers = images.flatMap(\.trees)
    }
}

/// An image whose files are mounted in a container.
struct MountedImage {
    var id: BlobDigest
    /// The directories of its layers, topmost first.
    var trees: [String]
}

/// What the mounts of one container depend on.
struct MountSetting {
    var request: RunRequest
    var image: ContainerConfig
    /// The directories of the image's layers, topmost first.
    var trees: [String]
    /// The images that mounts name.
    var images: [String: MountedImage]
    /// Who the container's process is.
    var user: ResolvedUser
}

extension ContainerService {
    /// Fetches the images that mounts name, where they are missing.
    func mountedImages(_ request: RunRequest) throws -> [String: MountedImage] {
        var images: [String: MountedImage] = [:]
        for mount in request.mounts {
            guard case .image(let name) = mount.source, images[name] == nil else { continue }
            let image = try image(name, pull: request.flags.pull == .never ? .never : .missing, platform: nil)
            let layers = try store.layers(ofConfig: store.config(image.id))
            images[name] = MountedImage(id: image.id, trees: LayerStack.directories(of: layers))
        }
        return images
    }

    /// Finds or makes the sources of all mounts: those of other containers, those of the request, which replace them, then
    /// the image's volumes in the places left.
    func resolveMounts(_ setting: MountSetting) throws -> ResolvedMounts {
        var result = ResolvedMounts()
        var wanted = try inheritedMounts(setting.request.flags.volumesFrom, &result)
        let own = setting.request.mounts
        wanted.removeAll { mount in own.contains { $0.destination == mount.destination } }
        result.anonymous.removeAll { name in !wanted.contains { $0.source == .volume(name: name) } }
        wanted += own
        for path in (setting.image.volumes ?? [:]).keys.sorted() {
            // Cleaned like a user's: `/../../x` of a hostile image stays inside (CVE-2022-23648).
            guard let mount = try? ContainerMount.parseVolume(path, relativeTo: "/"),
                mount.source == .volume(name: nil),
                !wanted.contains(where: { $0.destination == mount.destination })
            else { continue }
            wanted.append(mount)
        }
        do {
            for mount in wanted { try resolve(mount, setting, into: &result) }
        } catch {
            discard(result.made)
            throw error
        }
        return result
    }

    /// Removes volumes that were made a moment ago and that nobody refers to.
    func discard(_ made: [String]) {
        // The failure that led here is what matters; what stays is garbage that `prune` knows.
        for volume in made { try? volumes.remove(volume) }
    }

    private func resolve(_ mount: ContainerMount, _ setting: MountSetting, into result: inout ResolvedMounts) throws {
        var summary = MountSummary(type: "", source: "", destination: mount.destination, writable: !mount.isReadOnly)
        summary.subpath = mount.subpath
        switch mount.source {
        case .tmpfs(var options):
            if mount.isReadOnly { options.append("ro") }
            if mount.takesOwnership { options += ["uid=\(setting.user.uid)", "gid=\(setting.user.gid)"] }
            result.mounts.append(.tmpfs(at: mount.destination, options: options))
            summary.type = "tmpfs"
            result.summaries.append(summary)
            return
        case .image(let name):
            guard let image = setting.images[name] else { throw RunError.imageMissing(name) }
            result.images.append(image)
            let root = OverlayRoot(lower: image.trees, upper: nil, work: nil, userAttributes: UserNamespace.isOwn)
            result.views[mount.destination] = .overlay(root, beneath: mount.subpath ?? ".")
            summary.type = "image"
            summary.source = name
        case .bind(let path, let createIfMissing):
            summary.type = "bind"
            summary.source = try bindSource(path, createIfMissing: createIfMissing, for: mount)
            summary.propagation = mount.propagation
            if mount.isNonRecursive { summary.isNonRecursive = true }
            try MountPropagation.check(mount.propagation, of: summary.source)
        case .volume(let given):
            let name = try volume(given, mount, setting, into: &result)
            summary.type = "volume"
            summary.name = name
            summary.source = volumes.dataPath(name)
            if let subpath = mount.subpath {
                result.views[mount.destination] = .directory(summary.source, beneath: subpath)
            }
        }
        let place = SourcePlace(
            path: summary.source,
            subpath: mount.subpath,
            isOfStore: summary.type == "volume"
        )
        if mount.takesOwnership { try place.give(to: setting.user, setting.request) }
        if let wish = mount.label, SecurityLabels.areKept {
            try place.label(SecurityLabels.label(wish, process: setting.request.options.selinuxLabel))
        }
        // What a volume of its own file system holds is not there before it is mounted.
        if summary.type == "bind", !mount.takesOwnership { place.warnOfReader(setting.user, setting.request, warn) }
        result.summaries.append(summary)
        result.mounts.append(
            .bind(
                summary.source,
                at: mount.destination,
                isReadOnly: mount.isReadOnly,
                propagation: mount.propagation,
                isRecursive: !mount.isNonRecursive && summary.type != "image",
                attributes: mount.attributes
            )
        )
    }

    /// Finds or makes a volume, and fills it where this is its first use.
    private func volume(
        _ given: String?,
        _ mount: ContainerMount,
        _ setting: MountSetting,
        into result: inout ResolvedMounts
    ) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let name = given ?? ContainerNames.newID(using: &generator)
        let isNew = try volumes.create(
            name,
            labels: Self.labels(mount.volumeLabels),
            options: try VolumeOptions(mount.volumeOptions),
            isAnonymous: given == nil,
            now: ContainerRuntime.Timestamp.now().description
        )
        if given == nil {
            result.anonymous.append(name)
            result.made.append(name)
        }
        let filesystem = try volumes.filesystem(name)
        if let filesystem { result.filesystems.append(filesystem) }
        let shift = setting.request.userNamespace.flatMap { $0.placement == .shifted ? $0.shift : nil }
        defer {
            // What is not the container's yet would be nobody's inside.
            if isNew, let shift { giveVolume(name, shift) }
        }
        // Memory would forget it before the container starts.
        guard !mount.skipsCopy, !setting.trees.isEmpty, filesystem?.isMemory != true else { return name }
        let use = VolumeUse()
        try use.acquire(filesystem.map { [$0] } ?? [])
        defer { use.release() }
        try volumes.copyUp(name, from: setting.trees, at: mount.destination)
        return name
    }

    /// Gives a new volume to a container whose ids cannot be mapped; where that fails, its files show as nobody's.
    private func giveVolume(_ name: String, _ shift: IDShift) {
        guard let root = try? OwnedFD.open(volumes.dataPath(name), O_RDONLY | O_DIRECTORY) else { return }
        try? TreeOwners.change(root, isOverlay: false) { shift.outside(user: $0, group: $1) }
    }

    /// The source of a bind mount without links in its name; a missing one is made where docker makes it.
    private func bindSource(_ path: String, createIfMissing: Bool, for mount: ContainerMount) throws -> String {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        guard errno == ENOENT, createIfMissing else {
            if errno == ENOENT { throw RunError.sourceMissing(path) }
            throw SyscallError("resolve", path)
        }
        try BeneathPath(opening: "/").makeDirectories(path)
        // Who wants to write may want the directory made; what is only to be read was to be there.
        if mount.isReadOnly { warn(MissingSource(path: path, destination: mount.destination)) }
        return path
    }
}
