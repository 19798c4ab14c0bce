internal import LaunchProtocol
internal import OCIModel

extension PlanCompiler {
    static func operation(for mount: MountSpec, _ inputs: PlanInputs) throws(PlanError) -> LaunchOperation {
        let options = MountOptions(mount.options ?? [])
        let type = mount.type ?? "bind"
        let isBind = type == "bind" || (mount.options ?? []).contains { $0 == "bind" || $0 == "rbind" }
        guard isBind else {
            return .mount(
                FilesystemMount(
                    type: type,
                    target: mount.destination,
                    options: options.data.filter { $0 != "tmpcopyup" },
                    flags: options.flags,
                    copiesUp: options.data.contains("tmpcopyup")
                )
            )
        }
        guard let source = mount.source else { throw .unknown("source of a mount", name: mount.destination) }
        guard options.data.isEmpty else { throw .unknown("mount option", name: options.data[0]) }
        var place = (source: source, beneath: String?.none)
        switch inputs.views[mount.destination] {
        case .overlay(let root, let beneath):
            let bind = OverlayBind(overlay: root, beneath: beneath, target: mount.destination, flags: options.flags)
            return .bindOverlay(bind)
        case .directory(let path, let beneath): place = (path, beneath)
        case nil: break
        }
        return .bind(
            BindMount(
                source: place.source,
                sourceBeneath: place.beneath,
                target: mount.destination,
                recursive: options.isRecursive,
                flags: options.flags,
                propagation: options.propagation
            )
        )
    }

    /// The device nodes and links that every container has, then those that were asked for.
    static func devices(_ extra: [LinuxDevice], in mounts: [MountSpec]) -> [LaunchOperation] {
        // A container that brings its own `/dev` has what it needs there.
        guard mounts.contains(where: { $0.destination == "/dev" && $0.type == "tmpfs" }) else {
            return extra.map(node)
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
            + extra.filter { !taken.contains($0.path) }.map(node)
    }

    private static func node(_ device: LinuxDevice) -> LaunchOperation {
        .makeDevice(
            DeviceNode(
                path: device.path,
                kind: device.type == "b" ? .block : device.type == "p" ? .fifo : .character,
                major: UInt32(clamping: device.major ?? 0),
                minor: UInt32(clamping: device.minor ?? 0),
                mode: device.fileMode ?? 0o666,
                user: device.uid ?? 0,
                group: device.gid ?? 0
            )
        )
    }

    /// What `/sys/fs/cgroup` shows.
    ///
    /// Version 1 has a directory for each hierarchy, and links for controllers that share one.
    static func cgroupMounts(_ mount: MountSpec, _ cgroups: PlanInputs.Cgroups) -> [LaunchOperation] {
        let flags = MountOptions(mount.options ?? []).flags
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
