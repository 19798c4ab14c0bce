internal import LaunchProtocol
internal import OCIModel

extension PlanCompiler {
    /// The namespaces that the process is born in.
    static func namespaces(_ linux: LinuxSpec) throws(PlanError) -> NamespaceSet {
        var set: NamespaceSet = []
        for namespace in linux.namespaces ?? [] {
            if namespace.path != nil { throw .unsupported("joining an existing namespace") }
            switch namespace.type {
            case .pid: set.insert(.pid)
            case .network: set.insert(.network)
            case .mount: set.insert(.mount)
            case .ipc: set.insert(.ipc)
            case .uts: set.insert(.uts)
            case .user: set.insert(.user)
            // Entered later, once the process is in its group.
            case .cgroup: break
            case .time: throw .unsupported("a time namespace")
            }
        }
        // Without one of its own the container's mounts would be the host's.
        guard set.contains(.mount) else { throw .unsupported("sharing the host's mount namespace") }
        return set
    }

    static func operation(for mount: MountSpec, _ inputs: PlanInputs) throws(PlanError) -> LaunchOperation {
        let options = MountOptions(mount.options ?? [])
        let type = mount.type ?? "bind"
        let isBind = type == "bind" || (mount.options ?? []).contains { $0 == "bind" || $0 == "rbind" }
        guard isBind else {
            // The launch plan has no operation that fills a new file system from the image's directory.
            if options.data.contains("tmpcopyup") { throw .unsupported("the mount option `tmpcopyup`") }
            return .mount(
                FilesystemMount(
                    type: type,
                    target: mount.destination,
                    options: options.data,
                    flags: options.flags
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
}
