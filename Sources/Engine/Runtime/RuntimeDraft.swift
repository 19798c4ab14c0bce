internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel

/// A container on its way: what its plan and its record are made of.
struct RuntimeDraft {
    let container: RuntimeContainer
    let bundle: RuntimeBundle
    let spec: RuntimeSpec
    let groups: RuntimeGroups
    let cacheClass: CacheClass?
    let created = Timestamp.now().description

    /// The plan of the first process.
    func plan(_ request: RuntimeCreateRequest) throws -> LaunchPlan {
        var inputs = PlanInputs(root: .directory(bundle.rootfs), cgroups: try views(groups.layout, groups.limits))
        // The number that stands in for the process id splits the document, and stands nowhere else in it.
        let marker: Int32 = 2_147_483_000
        let state = RuntimeState(record(process: ProcessIdentity(pid: marker, startTime: 0)), .created)
        let text = String(decoding: try CanonicalJSON.encode(state), as: UTF8.self)
        let parts = text.split(separator: "\(marker)", maxSplits: 1)
        if parts.count == 2 {
            inputs.hookState = HookState(beforeID: String(parts[0]), afterID: String(parts[1]))
        }
        inputs.findsCommand = true
        inputs.sharesKeyring = request.sharesKeyring
        inputs.coversRoot = request.coversRoot
        return try PlanCompiler.compile(spec, inputs)
    }

    /// What is remembered once the process is known.
    func record(process: ProcessIdentity) -> RuntimeRecord {
        RuntimeRecord(
            ociVersion: spec.ociVersion,
            id: container.id,
            bundle: bundle.path,
            rootfs: bundle.rootfs,
            created: created,
            annotations: spec.annotations ?? [:],
            process: process,
            bootID: HostBoot.id,
            cgroups: groups.groups.directories,
            cgroupParent: groups.place.parent,
            cgroupName: groups.place.name,
            unit: groups.unit,
            cacheClass: cacheClass,
            owner: geteuid()
        )
    }

    /// What the container sees of control groups: its own only, whether or not it has a namespace for them.
    private func views(_ layout: CgroupLayout, _ limits: ResourceLimits) throws -> PlanInputs.Cgroups {
        let hasNamespace = (spec.linux?.namespaces ?? []).contains { $0.type == .cgroup && $0.path == nil }
        let hierarchies = try CgroupSet.ownHierarchies(limits: limits, layout: layout)
        let names = hierarchies.map { $0.name.map { ["name=\($0)"] } ?? $0.controllers }
        guard !hasNamespace else {
            if layout.kind == .none { return .none }
            if layout.kind == .unified { return .unified }
            return .legacy(names, hasUnified: layout.unifiedMountPoint != nil)
        }
        var views: [CgroupView] = []
        for (hierarchy, controllers) in zip(hierarchies, names) {
            guard let path = groups.groups.legacyDirectories.first(where: { $0.hasPrefix(hierarchy.mountPoint + "/") })
            else {
                continue
            }
            views.append(CgroupView(controllers: controllers, path: path))
        }
        if let unified = groups.groups.unifiedDirectory { views.append(CgroupView(controllers: [], path: unified)) }
        return views.isEmpty ? .none : .directories(views)
    }
}
