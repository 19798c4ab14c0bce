internal import ContainerRuntime
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel

extension ContainerService {
    /// Finds the containers whose namespaces are to be shared, and lets the specification enter them.
    func shareNamespaces(
        _ request: RunRequest,
        _ options: inout ContainerOptions,
        _ directory: ContainerDirectory
    ) throws -> [SharedNamespace] {
        try request.namespaces.map { wish in
            let other = try find(wish.container)
            let said = try other.storedConfig()?.options.ipc
            if wish.kind == .ipc, said != "shareable" {
                throw ArgumentError.unsupported(
                    option: "`--ipc container:\(wish.container)`",
                    why: "that container keeps its IPC to itself: make it with `--ipc shareable`"
                )
            }
            options.namespacePaths[Self.kind(wish.kind)] = directory.namespaceLinkPath(wish.kind)
            return SharedNamespace(kind: wish.kind, container: other.id)
        }
    }

    private static func kind(_ kind: SharedNamespace.Kind) -> LinuxNamespace.Kind {
        switch kind {
        case .ipc: .ipc
        case .pid: .pid
        case .uts: .uts
        }
    }

    /// The operations that bring what belongs to shared namespaces into the container.
    func sharedMounts(_ shared: [SharedNamespace], _ directory: ContainerDirectory) -> [LaunchOperation] {
        guard shared.contains(where: { $0.kind == .ipc }) else { return [] }
        let bind = NamespaceBind(
            namespace: directory.mountNamespaceLinkPath,
            source: "/dev/shm",
            target: "/dev/shm"
        )
        return [.bindFromNamespace(bind)]
    }

    /// Refuses what this machine's control groups do not have, instead of ignoring it.
    func checkLegacyOptions(_ request: RunRequest, _ facts: HostFacts) throws {
        guard let option = request.legacyOptions.first, facts.cgroups.hierarchies.isEmpty else { return }
        throw ArgumentError.unsupported(option: "`\(option)`", why: "version 2 of control groups has nothing like it")
    }

    /// Writes the bundle that another runtime starts the container from.
    func writeBundle(_ directory: ContainerDirectory, _ spec: RuntimeSpec) throws {
        var spec = spec
        // Nothing in it is younger, and older runtimes refuse younger versions.
        spec.ociVersion = "1.0.2"
        let place = try BeneathPath(opening: directory.path)
        try place.makeDirectories("bundle/rootfs", mode: 0o755)
        try AtomicFile.write(directory.bundlePath + "/config.json", CanonicalJSON.encode(spec), durable: false)
    }
}
