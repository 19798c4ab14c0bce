internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// Mounts whose sources exist on the host.
struct ResolvedMounts {
    var mounts: [ResolvedMount] = []
    var summaries: [MountSummary] = []
    var anonymous: [String] = []

    mutating func add(_ mount: (ResolvedMount, MountSummary)) {
        mounts.append(mount.0)
        summaries.append(mount.1)
    }
}

extension ContainerService {
    /// Finds or makes the sources of all mounts: those of the request, then the image's volumes in the places left.
    func resolveMounts(_ request: RunRequest, _ image: ContainerConfig, trees: [String]) throws -> ResolvedMounts {
        var wanted = request.mounts
        for path in (image.volumes ?? [:]).keys.sorted() {
            // Cleaned like a user's: `/../../x` of a hostile image stays inside (CVE-2022-23648).
            guard let mount = try? ContainerMount.parseVolume(path, relativeTo: "/"),
                mount.source == .volume(name: nil),
                !wanted.contains(where: { $0.destination == mount.destination })
            else { continue }
            wanted.append(mount)
        }
        var result = ResolvedMounts()
        do {
            for mount in wanted { try resolve(mount, trees: trees, into: &result) }
        } catch {
            for volume in result.anonymous { try? volumes.remove(volume) }  // nobody refers to them yet
            throw error
        }
        return result
    }

    private func resolve(_ mount: ContainerMount, trees: [String], into result: inout ResolvedMounts) throws {
        let source: String
        var summary = MountSummary(
            type: "volume",
            source: "",
            destination: mount.destination,
            writable: !mount.isReadOnly
        )
        switch mount.source {
        case .tmpfs(let options):
            let readOnly = mount.isReadOnly ? ["ro"] : []
            result.mounts.append(.tmpfs(at: mount.destination, options: options + readOnly))
            summary.type = "tmpfs"
            result.summaries.append(summary)
            return
        case .bind(let path, let createIfMissing):
            source = try bindSource(path, createIfMissing: createIfMissing)
            summary.type = "bind"
        case .volume(let given):
            var generator = SystemRandomNumberGenerator()
            let name = given ?? ContainerNames.newID(using: &generator)
            let now = ContainerRuntime.Timestamp.now().description
            try volumes.create(name, labels: [:], isAnonymous: given == nil, now: now)
            if given == nil { result.anonymous.append(name) }
            if !mount.skipsCopy, !trees.isEmpty { try volumes.copyUp(name, from: trees, at: mount.destination) }
            source = volumes.dataPath(name)
            summary.name = name
        }
        summary.source = source
        result.summaries.append(summary)
        result.mounts.append(
            .bind(
                source,
                at: mount.destination,
                isReadOnly: mount.isReadOnly,
                propagation: mount.propagation,
                isRecursive: !mount.isNonRecursive
            )
        )
    }

    /// The source of a bind mount without links in its name; a missing one is made where docker makes it.
    private func bindSource(_ path: String, createIfMissing: Bool) throws -> String {
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            return String(cString: resolved)
        }
        guard errno == ENOENT, createIfMissing else {
            if errno == ENOENT { throw RunError.sourceMissing(path) }
            throw SyscallError("resolve", path)
        }
        try BeneathPath(opening: "/").makeDirectories(path)
        return path
    }
}
