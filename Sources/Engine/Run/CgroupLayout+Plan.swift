internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

/// What a container sees of this machine's control groups.
extension CgroupLayout {
    /// The layout in the terms of a specification.
    var specKind: SpecHost.CgroupKind {
        switch kind {
        case .none: .none
        case .unified: .unified
        case .legacy, .hybrid: .legacy
        }
    }

    /// The mounts below `/sys/fs/cgroup`, for a container with these limits and a namespace of its own.
    func planView(_ limits: ResourceLimits) throws -> PlanInputs.Cgroups {
        switch kind {
        case .none: return .none
        case .unified: return .unified
        case .legacy, .hybrid:
            let own = try CgroupSet.ownHierarchies(limits: limits, layout: self)
            return .legacy(
                own.map { $0.name.map { ["name=\($0)"] } ?? $0.controllers },
                hasUnified: unifiedMountPoint != nil
            )
        }
    }
}
