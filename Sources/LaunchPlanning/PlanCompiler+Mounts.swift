internal import LaunchProtocol
public import OCIModel

extension PlanCompiler {
    /// Every mount option that is understood.
    public static var knownMountOptions: [String] { MountOptions.known }

    /// Whether a mount shows control groups, which takes more than mounting.
    static func showsCgroups(_ mount: MountSpec) -> Bool {
        mount.destination == "/sys/fs/cgroup" && (mount.type == "cgroup" || mount.type == "cgroup2")
    }

    static func operation(for mount: MountSpec, _ inputs: PlanInputs) throws(PlanError) -> LaunchOperation {
        let options = MountOptions(mount.options ?? [])
        let type = mount.type ?? "bind"
        let isBind = type == "bind" || (mount.options ?? []).contains { $0 == "bind" || $0 == "rbind" }
        guard isBind else {
            return .mount(
                FilesystemMount(
                    type: type,
                    target: mount.destination,
                    options: options.data.filter { $0 != "tmpcopyup" }.flatMap(MountOptions.words),
                    flags: options.flags.union(options.recursiveFlags),
                    copiesUp: options.data.contains("tmpcopyup"),
                    propagation: options.propagation
                )
            )
        }
        guard let source = mount.source else { throw .unknown("source of a mount", name: mount.destination) }
        if let option = options.strangeToBinds.first { throw .unknown("mount option", name: option) }
        var place = (source: source, beneath: String?.none)
        var passed: UInt32?
        switch inputs.views[mount.destination] {
        case .overlay(let root, let beneath):
            let flags = options.flags.union(options.recursiveFlags)
            return .bindOverlay(OverlayBind(overlay: root, beneath: beneath, target: mount.destination, flags: flags))
        case .directory(let path, let beneath): place = (path, beneath)
        case .passed(let number): passed = number
        case nil: break
        }
        var bind = BindMount(
            source: place.source,
            sourceBeneath: place.beneath,
            target: mount.destination,
            recursive: options.isRecursive,
            flags: options.flags,
            propagation: options.propagation
        )
        bind.recursiveFlags = options.recursiveFlags
        bind.recursivelyCleared = options.recursivelyCleared
        bind.passedMount = passed
        return .bind(bind)
    }

    static func isMapped(_ mount: MountSpec) -> Bool {
        MountOptions(mount.options ?? []).isMapped || mount.uidMappings?.isEmpty == false
            || mount.gidMappings?.isEmpty == false
    }

    /// The mounts whose files' users are mapped, in the order in which a plan counts them.
    public static func mappedMounts(_ spec: RuntimeSpec) throws(PlanError) -> [MappedMountRequest] {
        var requests: [MappedMountRequest] = []
        for mount in spec.mounts ?? [] {
            guard isMapped(mount) else { continue }
            let options = MountOptions(mount.options ?? [])
            let own = (mount.uidMappings ?? [], mount.gidMappings ?? [])
            guard
                mount.type == nil || mount.type == "bind" || mount.options?.contains("rbind") == true
                    || mount.options?.contains("bind") == true, let source = mount.source
            else { throw .unsupported("an idmapped mount of another type than `bind`") }
            // Without maps of its own a mount has the container's.
            let users = own.0.isEmpty && own.1.isEmpty ? spec.linux?.uidMappings ?? [] : own.0
            let groups = own.0.isEmpty && own.1.isEmpty ? spec.linux?.gidMappings ?? [] : own.1
            guard !users.isEmpty, !groups.isEmpty else {
                throw .contradiction(
                    "the idmapped mount at `\(mount.destination)` has no maps of both users and groups"
                )
            }
            requests.append(
                MappedMountRequest(
                    source: source,
                    users: users,
                    groups: groups,
                    clonesBelow: options.isRecursive,
                    mapsBelow: options.isMappedBelow
                )
            )
        }
        return requests
    }

    /// The mount of a new file system whose files have an SELinux label; those that keep labels of their own are left so.
    static func labeled(_ step: LaunchOperation, _ label: String) -> LaunchOperation {
        guard case .mount(var mount) = step, ["tmpfs", "devpts", "ramfs"].contains(mount.type),
            !mount.options.contains(where: { $0.hasPrefix("context=") })
        else { return step }
        mount.options.append("context=\(label)")
        return .mount(mount)
    }

    /// The device nodes and links that every container has, then those that were asked for.
    static func devices(
        _ extra: [LinuxDevice],
        in mounts: [MountSpec],
        paths: [String: String]
    ) -> [LaunchOperation] {
        // A container that brings its own `/dev` has what it needs there.
        guard mounts.contains(where: { $0.destination == "/dev" && $0.type == "tmpfs" }) else {
            return extra.map { node($0, paths[$0.path]) }
        }
        let standard: [(String, UInt32, UInt32)] = [
            ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
        ]
        let links = [
            ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"),
            ("/dev/stderr", "/proc/self/fd/2"), ("/dev/core", "/proc/kcore"), ("/dev/ptmx", "pts/ptmx"),
        ]
        let taken = Set(standard.map { "/dev/\($0.0)" } + links.map(\.0))
        return standard.map { .makeDevice(DeviceNode(path: "/dev/\($0.0)", major: $0.1, minor: $0.2)) }
            + links.map { .makeSymbolicLink(path: $0.0, target: $0.1) }
            + extra.filter { !taken.contains($0.path) }.map { node($0, paths[$0.path]) }
    }

    private static func node(_ device: LinuxDevice, _ hostPath: String?) -> LaunchOperation {
        .makeDevice(
            DeviceNode(
                path: device.path,
                kind: device.type == "b" ? .block : device.type == "p" ? .fifo : .character,
                major: UInt32(clamping: device.major ?? 0),
                minor: UInt32(clamping: device.minor ?? 0),
                mode: device.fileMode ?? 0o666,
                user: device.uid ?? 0,
                group: device.gid ?? 0,
                hostPath: hostPath
            )
        )
    }

    /// What `/sys/fs/cgroup` shows.
    ///
    /// Version 1 has a directory for each hierarchy, and links for controllers that share one.
    static func cgroupMounts(_ mount: MountSpec, _ cgroups: PlanInputs.Cgroups) -> [LaunchOperation] {
        let options = MountOptions(mount.options ?? [])
        let flags = options.flags.union(options.recursiveFlags)
        let root = mount.destination
        switch cgroups {
        case .none: return []
        case .unified: return [.mount(FilesystemMount(type: "cgroup2", target: root, flags: flags))]
        case .directories(let views): return boundCgroups(views, at: root, flags)
        case .legacy(let hierarchies, let hasUnified):
            let open = flags.subtracting(.readOnly)
            var plan: [LaunchOperation] = [
                .mount(FilesystemMount(type: "tmpfs", target: root, options: ["mode=755"], flags: open))
            ]
            for controllers in hierarchies {
                let joined = controllers.joined(separator: ",")
                let isNamed = joined.hasPrefix("name=")
                let name = isNamed ? String(joined.dropFirst("name=".count)) : joined
                let options = isNamed ? ["none", joined] : controllers
                plan.append(
                    .mount(FilesystemMount(type: "cgroup", target: "\(root)/\(name)", options: options, flags: flags))
                )
                for controller in controllers where controllers.count > 1 {
                    plan.append(.makeSymbolicLink(path: "\(root)/\(controller)", target: name))
                }
            }
            if hasUnified {
                plan.append(.mount(FilesystemMount(type: "cgroup2", target: "\(root)/unified", flags: flags)))
            }
            if flags.contains(.readOnly) { plan.append(.restrictMount(path: root, .readOnly)) }
            return plan
        }
    }

    /// The container's own groups where it shares the host's namespace, whose root would show everybody's.
    private static func boundCgroups(
        _ views: [CgroupView],
        at root: String,
        _ flags: MountFlags
    ) -> [LaunchOperation] {
        // Version 2 alone has one tree and no directory above it.
        if views.count == 1, views[0].controllers.isEmpty {
            return [.bind(BindMount(source: views[0].path, target: root, flags: flags))]
        }
        let open = flags.subtracting(.readOnly)
        var plan: [LaunchOperation] = [
            .mount(FilesystemMount(type: "tmpfs", target: root, options: ["mode=755"], flags: open))
        ]
        for view in views {
            let joined = view.controllers.joined(separator: ",")
            let name = joined.hasPrefix("name=") ? String(joined.dropFirst(5)) : joined.isEmpty ? "unified" : joined
            plan.append(.bind(BindMount(source: view.path, target: "\(root)/\(name)", flags: flags)))
            for controller in view.controllers where view.controllers.count > 1 {
                plan.append(.makeSymbolicLink(path: "\(root)/\(controller)", target: name))
            }
        }
        if flags.contains(.readOnly) { plan.append(.restrictMount(path: root, .readOnly)) }
        return plan
    }
}
