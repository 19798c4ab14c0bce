internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// The cgroups of one container: made before its process, joined by it, and removed after it.
public struct CgroupSet: Equatable, Sendable {
    /// The directories of v1 hierarchies.
    public let legacyDirectories: [String]
    /// The directory in cgroup2, where there is one.
    public let unifiedDirectory: String?

    /// The files into which the process itself, while it has one thread, writes `0` to join the v1 hierarchies.
    ///
    /// Not `cgroup.procs`, and not written by the parent: moving a whole process takes a lock whose first use waits for an
    /// RCU grace period (11 to 21 ms here), while a thread that moves itself by `tasks` skips that lock (0.2 ms for four
    /// hierarchies). cgroup2 is joined at birth by `CLONE_INTO_CGROUP`, which is as cheap.
    public var taskFiles: [String] { legacyDirectories.map { $0 + "/tasks" } }

    /// All directories.
    public var directories: [String] { legacyDirectories + (unifiedDirectory.map { [$0] } ?? []) }

    /// Where containers have their cgroups in each hierarchy: a directory of llmbox's own at the top, never one in a unit
    /// that systemd manages, since systemd moves and removes what it finds there.
    public static let defaultParent = "llmbox"

    /// Names cgroups that exist, for example those in a ``ContainerState``.
    public init(directories: [String], layout: CgroupLayout) {
        let unified = layout.unifiedMountPoint
        unifiedDirectory = directories.first { path in
            // In the hybrid layout cgroup2 is mounted below a tmpfs that also holds the v1 mounts.
            unified.map { path.hasPrefix($0 + "/") } == true
                && !layout.hierarchies.contains { path.hasPrefix($0.mountPoint + "/") }
        }
        let unifiedDirectory = unifiedDirectory
        legacyDirectories = directories.filter { $0 != unifiedDirectory }
    }

    init(plan: CgroupPlan) {
        legacyDirectories = plan.legacy
        unifiedDirectory = plan.unified
    }

    /// Makes the cgroups of a container and sets its limits; if that fails, nothing is left.
    ///
    /// `parent` is the directory in each hierarchy's root that holds the containers' directories. A limit that cannot
    /// be kept throws ``CgroupError/controllerMissing(_:limit:)`` or one of its relatives.
    public static func create(
        id: String,
        limits: ResourceLimits,
        layout: CgroupLayout,
        parent: String = defaultParent
    ) throws(CgroupError) -> CgroupSet {
        try create(id: id, limits: limits, layout: layout, parent: parent, removesOnFailure: true)
    }

    static func create(
        id: String,
        limits: ResourceLimits,
        layout: CgroupLayout,
        parent: String,
        removesOnFailure: Bool
    ) throws(CgroupError) -> CgroupSet {
        let plan = try plan(id: id, limits: limits, layout: layout, parent: parent)
        let set = CgroupSet(plan: plan)
        do {
            // The container's own directory first: nobody removes a parent that is not empty.
            for directory in set.directories { try makeDirectory(directory) }
            if let unified = plan.unified { try enableControllers(plan, above: unified, parent: parent) }
            if let cpuset = plan.cpuset { try inheritCPUs(of: cpuset, below: parent) }
            try apply(plan.settings)
            if let unified = plan.unified, !plan.deviceProgram.isEmpty {
                try guardDevices(plan.deviceProgram, of: unified)
            }
            return set
        } catch {
            // The first error is the one to report; what cannot be removed now is removed by the next start.
            if removesOnFailure { try? set.remove() }
            throw error
        }
    }

    /// Removes the cgroups, waiting a moment for processes that are just ending.
    ///
    /// - Important: blocks for up to a second.
    public func remove() throws(CgroupError) {
        for directory in directories {
            var delay: UInt32 = 500
            while rmdir(directory) < 0, errno != ENOENT {
                guard errno == EBUSY else { throw .system(SyscallError("remove cgroup", directory)) }
                guard delay < 512_000 else { throw .notEmpty(directory) }
                usleep(delay)
                delay *= 2
            }
        }
    }

    static func plan(
        id: String,
        limits: ResourceLimits,
        layout: CgroupLayout,
        parent: String
    ) throws(CgroupError) -> CgroupPlan {
        var controllers: Set<String> = []
        if layout.kind == .unified, let root = layout.unifiedMountPoint {
            controllers = try names("\(root)/cgroup.controllers")
        }
        return try CgroupPlan(
            leaf: parent.isEmpty ? id : "\(parent)/\(id)",
            limits: limits,
            layout: layout,
            unifiedControllers: controllers
        )
    }

    static func makeDirectory(_ path: String) throws(CgroupError) {
        while mkdir(path, 0o755) < 0 {
            if errno == EEXIST { return }
            guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
                throw .system(SyscallError("make cgroup", path))
            }
            try makeDirectory(String(path[..<slash]))
        }
    }

    private static func guardDevices(_ rules: [DeviceRule], of directory: String) throws(CgroupError) {
        do {
            try DeviceFilter.attach(DeviceProgram(rules).instructions, toCgroup: directory)
        } catch {
            throw .deviceProgramRefused(error)
        }
    }

    /// Changes the limits of a running container.
    public func update(_ limits: ResourceLimits, id: String, layout: CgroupLayout, parent: String) throws(CgroupError) {
        try Self.apply(try Self.plan(id: id, limits: limits, layout: layout, parent: parent).settings)
    }

    /// Sets all values.
    ///
    /// Some depend on one another: a memory limit is never above that of memory and swap, so which of them comes first
    /// is another matter when limits are raised than when they are lowered. What was refused gets a second turn.
    private static func apply(_ settings: [CgroupPlan.Setting]) throws(CgroupError) {
        var refused: [CgroupPlan.Setting] = []
        var file = ControlFile()
        for setting in settings {
            do { try apply(setting, &file) } catch { refused.append(setting) }
        }
        for setting in refused { try apply(setting, &file) }
    }

    private static func apply(_ setting: CgroupPlan.Setting, _ file: inout ControlFile) throws(CgroupError) {
        do {
            try file.write(setting.value, to: setting.file)
        } catch {
            guard let limit = setting.limit else { return }
            if error.errno == .noSuchFileOrDirectory {
                let name = setting.file.split(separator: "/").last.map(String.init) ?? setting.file
                throw .limitUnsupported(limit, file: name)
            }
            throw .limitRefused(limit, value: setting.value, error)
        }
    }

    /// A new v1 cpuset has neither CPUs nor memory nodes and takes no process; it gets its parent's before its own.
    private static func inheritCPUs(of leaf: String, below parent: String) throws(CgroupError) {
        do {
            var from = String(leaf.dropLast(leaf.utf8.count - ancestorLength(of: leaf, parent)))
            for to in levels(above: leaf, parent).dropFirst() + [leaf] {
                for file in ["cpuset.cpus", "cpuset.mems"] {
                    let own = try FileIO.readText(path: "\(to)/\(file)")
                    guard own.allSatisfy(\.isWhitespace) else { continue }
                    let inherited = try FileIO.readText(path: "\(from)/\(file)")
                    try FileIO.writeControl(path: "\(to)/\(file)", inherited)
                }
                from = to
            }
        } catch {
            throw .system(error)
        }
    }

    /// The length of the mount point that `leaf` lies below, when `parent` is its parent in the hierarchy.
    private static func ancestorLength(of leaf: String, _ parent: String) -> Int {
        let own = leaf[..<(leaf.lastIndex(of: "/") ?? leaf.endIndex)]
        return parent.isEmpty ? own.utf8.count : own.utf8.count - parent.utf8.count - 1
    }

    /// The directories above `leaf`, from the hierarchy's root down.
    private static func levels(above leaf: String, _ parent: String) -> [String] {
        var path = String(leaf.dropLast(leaf.utf8.count - ancestorLength(of: leaf, parent)))
        var levels = [path]
        for component in parent.split(separator: "/") {
            path += "/\(component)"
            levels.append(path)
        }
        return levels
    }

    /// Enables cgroup2 controllers for the children of the root and of every directory down to the container's own.
    private static func enableControllers(
        _ plan: CgroupPlan,
        above leaf: String,
        parent: String
    ) throws(CgroupError) {
        guard !plan.enabled.isEmpty else { return }
        for directory in levels(above: leaf, parent) {
            let file = directory + "/cgroup.subtree_control"
            let present = try names(file)
            for (controller, limit) in plan.enabled where !present.contains(controller) {
                do {
                    try FileIO.writeControl(path: file, "+" + controller)
                } catch {
                    if limit != nil { throw .controllerUnavailable(controller, error) }
                }
            }
        }
    }

    /// The names in a control file, separated by blanks.
    private static func names(_ path: String) throws(CgroupError) -> Set<String> {
        do {
            return Set(try FileIO.readText(path: path).split { " \n".contains($0) }.map(String.init))
        } catch {
            throw .system(error)
        }
    }
}
