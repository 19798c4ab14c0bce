internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel

/// The control group of one step, which ends with it.
struct StepCgroup {
    private let groups: CgroupSet
    /// Parents of the user's choice that were not there before.
    private var made: [String] = []

    /// The directories to start the process in.
    var directories: [String] { groups.directories }

    /// Whether the kernel has killed a process of the step for lack of memory.
    var wasShortOfMemory: Bool { groups.outOfMemoryKills > 0 }

    init(_ id: String, limits: ResourceLimits, layout: CgroupLayout, parent: String?) throws {
        if let parent {
            let roots = layout.hierarchies.map(\.mountPoint) + [layout.unifiedMountPoint].compactMap { $0 }
            var path = ""
            for part in parent.split(separator: "/") {
                path += "/\(part)"
                for root in roots where access(root + path, F_OK) != 0 { made.append(root + path) }
            }
        }
        groups = try CgroupSet.create(
            id: id,
            limits: limits,
            layout: layout,
            parent: parent ?? CgroupSet.defaultParent
        )
    }

    /// Removes the group, and the parents that were made for it unless another step uses them.
    func remove() {
        // An empty group that cannot be removed yet does no harm; the next start of the same id removes it.
        try? groups.remove()
        for path in made.reversed() { rmdir(path) }
    }
}
