public import LaunchProtocol
public import OCIModel

extension PlanCompiler {
    /// The namespaces that the process is born in as the first; existing ones that it joins are not among them.
    static func namespaces(_ linux: LinuxSpec) throws(PlanError) -> NamespaceSet {
        var set: NamespaceSet = []
        var seen: Set<LinuxNamespace.Kind> = []
        for namespace in linux.namespaces ?? [] {
            guard seen.insert(namespace.type).inserted else {
                throw .unsupported("naming the \(namespace.type.rawValue) namespace twice")
            }
            if namespace.path != nil { continue }
            switch namespace.type {
            // Entered later, once the process is in its group.
            case .cgroup: break
            case .time: throw .unsupported("a time namespace")
            default: set.insert(namespace.type.launchBit)
            }
        }
        // Without one of its own the container's mounts would be the host's.
        guard set.contains(.mount) else { throw .unsupported("sharing the host's mount namespace") }
        return set
    }

    /// The existing namespaces that the process is born in.
    ///
    /// - Throws: ``PlanError/unsupported(_:)`` for those that only a process of one thread may enter.
    public static func joinedNamespaces(
        _ linux: LinuxSpec
    ) throws(PlanError) -> [(path: String, kind: NamespaceSet)] {
        var joined: [(path: String, kind: NamespaceSet)] = []
        for namespace in linux.namespaces ?? [] {
            guard let path = namespace.path, !path.isEmpty else { continue }
            guard namespace.type != .mount, namespace.type != .user, namespace.type != .time else {
                throw .unsupported("joining an existing \(namespace.type.rawValue) namespace")
            }
            joined.append((path, namespace.type.launchBit))
        }
        return joined
    }

    /// All namespaces that a container has of its own or shares with some other container: what a further process of
    /// it joins.
    static func allNamespaces(_ linux: LinuxSpec) -> NamespaceSet {
        (linux.namespaces ?? []).reduce(into: []) { set, namespace in set.insert(namespace.type.launchBit) }
    }

    /// Refuses what contradicts itself before anything happens.
    static func validate(_ spec: RuntimeSpec, _ linux: LinuxSpec) throws(PlanError) {
        let kinds = Set((linux.namespaces ?? []).map(\.type))
        guard kinds.contains(.uts) || (spec.hostname ?? "").isEmpty && (spec.domainname ?? "").isEmpty else {
            throw .contradiction("it names a host name, which without a UTS namespace would be the host's")
        }
        if let mappings = linux.uidMappings, !mappings.isEmpty, !kinds.contains(.user) {
            throw .contradiction("it maps ids without a user namespace")
        }
        // Ignoring these would give the container something else than was asked for.
        if spec.process?.scheduler != nil { throw .unsupported("a scheduling policy") }
        if linux.seccomp?.syscalls?.contains(where: { $0.action == .notify }) == true {
            throw .unsupported("the system call action `SCMP_ACT_NOTIFY`")
        }
        for mount in spec.mounts ?? [] {
            let isMapped = (mount.options ?? []).contains { $0 == "idmap" || $0 == "ridmap" }
            if isMapped || mount.uidMappings?.isEmpty == false { throw .unsupported("an idmapped mount") }
        }
        for mount in spec.mounts ?? [] where !mount.destination.hasPrefix("/") {
            throw .contradiction("the mount point `\(mount.destination)` is not absolute")
        }
        guard spec.process?.cwd.hasPrefix("/") == true else {
            throw .contradiction("the working directory is not absolute")
        }
    }

    /// How mounts below the root spread, where that is not the usual.
    static func rootPropagation(_ linux: LinuxSpec) throws(PlanError) -> Propagation? {
        switch linux.rootfsPropagation ?? "" {
        case "", "private", "rprivate": return nil
        case "slave", "rslave": return .slave
        case "shared", "rshared": return .shared
        case let other: throw .unsupported("the root propagation `\(other)`")
        }
    }

    /// Hooks that run inside, as operations.
    static func hooks(_ hooks: [RuntimeHook]?, _ inputs: PlanInputs) throws(PlanError) -> [LaunchOperation] {
        guard let hooks, !hooks.isEmpty else { return [] }
        guard let state = inputs.hookState else { throw .unsupported("a hook") }
        return hooks.map { hook in
            .runHook(
                HookCommand(
                    path: hook.path,
                    arguments: hook.args ?? [],
                    environment: hook.env ?? [],
                    timeout: UInt32(clamping: hook.timeout ?? 0),
                    stateBeforeID: state.beforeID,
                    stateAfterID: state.afterID
                )
            )
        }
    }
}

extension LinuxNamespace.Kind {
    /// The kernel's bit.
    var launchBit: NamespaceSet {
        switch self {
        case .pid: .pid
        case .network: .network
        case .mount: .mount
        case .ipc: .ipc
        case .uts: .uts
        case .user: .user
        case .cgroup: .cgroup
        case .time: []
        }
    }
}
