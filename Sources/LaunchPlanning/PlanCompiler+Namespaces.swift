public import LaunchProtocol
public import OCIModel

extension PlanCompiler {
    /// The namespaces that are made for the container.
    static func namespaces(_ linux: LinuxSpec) throws(PlanError) -> NamespaceSet {
        var set: NamespaceSet = []
        var seen: Set<LinuxNamespace.Kind> = []
        for namespace in linux.namespaces ?? [] {
            guard seen.insert(namespace.type).inserted else {
                throw .contradiction("it names the \(namespace.type.rawValue) namespace twice")
            }
            // That of control groups is made later, once the process is in its group.
            if isNew(namespace), namespace.type != .cgroup { set.insert(namespace.type.launchBit) }
        }
        // Without one of its own the container's mounts would be the host's.
        guard seen.contains(.mount) else { throw .unsupported("sharing the host's mount namespace") }
        return set
    }

    private static func isNew(_ namespace: LinuxNamespace) -> Bool { namespace.path?.isEmpty != false }

    /// The existing namespaces that the thread which starts the process enters for that.
    public static func joinedNamespaces(_ linux: LinuxSpec) -> [(path: String, kind: NamespaceSet)] {
        needsEntry(linux) ? [] : existing(linux).map { ($0.path, $0.kind) }
    }

    private static func existing(_ linux: LinuxSpec) -> [NamespaceEntry.Existing] {
        (linux.namespaces ?? []).compactMap { namespace in
            guard let path = namespace.path, !path.isEmpty else { return nil }
            return NamespaceEntry.Existing(path: path, kind: namespace.type.launchBit)
        }
    }

    /// Whether there is a namespace that no thread can enter, or no process can be born in.
    private static func needsEntry(_ linux: LinuxSpec) -> Bool {
        (linux.namespaces ?? []).contains { namespace in
            switch namespace.type {
            case .time: true
            case .user, .mount: !isNew(namespace)
            default: false
            }
        }
    }

    /// What the process does to get into such namespaces, and into all others on the way.
    static func entry(_ linux: LinuxSpec) throws(PlanError) -> NamespaceEntry? {
        guard needsEntry(linux) else {
            if linux.timeOffsets?.isEmpty == false { throw .contradiction("it sets clocks without a time namespace") }
            return nil
        }
        var entry = NamespaceEntry(existing: existing(linux), new: try namespaces(linux).subtracting(.user))
        for (clock, offset) in (linux.timeOffsets ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard entry.new.contains(.time) else { throw .contradiction("it sets clocks of an existing namespace") }
            guard clock == "monotonic" || clock == "boottime" else { throw .unknown("clock", name: clock) }
            entry.clocks.append(
                .init(clock: clock, seconds: offset.secs ?? 0, nanoseconds: offset.nanosecs ?? 0)
            )
        }
        return entry
    }

    /// Whether the parent does it, because a process in a user namespace may not: it can only raise its score.
    static func isSetOutside(_ operation: LaunchOperation, _ linux: LinuxSpec) -> Bool {
        guard case .setOutOfMemoryScore = operation else { return false }
        return needsEntry(linux) && linux.namespaces?.contains { $0.type == .user } == true
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
        if linux.uidMappings?.isEmpty != false,
            linux.namespaces?.contains(where: { $0.type == .user && isNew($0) }) == true
        {
            throw .contradiction("it has a user namespace and maps no ids")
        }
        if let process = spec.process { _ = try processors(of: process) }
        try validateParameters(linux)
        _ = try mappedMounts(spec)
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
        case "unbindable", "runbindable": return .unbindable
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
        case .time: .time
        }
    }
}
