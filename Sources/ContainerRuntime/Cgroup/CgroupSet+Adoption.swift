internal import Glibc
public import LinuxKernel

extension CgroupSet {
    /// The groups that ``adopt(_:id:limits:layout:parent:)`` will make, by name alone.
    public static func planned(
        id: String,
        limits: ResourceLimits,
        layout: CgroupLayout,
        parent: String
    ) throws(CgroupError) -> CgroupSet {
        CgroupSet(plan: try plan(id: id, limits: limits, layout: layout, parent: parent))
    }

    /// Makes groups below one that somebody else has placed a process in, moves it there, and sets its limits.
    ///
    /// In version 2 a group with processes cannot hand controllers down, so there the process moves before its limits are
    /// set. In version 1 a group takes a process only once it has CPUs, so there it moves last.
    public static func adopt(
        _ process: Int32,
        id: String,
        limits: ResourceLimits,
        layout: CgroupLayout,
        parent: String
    ) throws(CgroupError) -> CgroupSet {
        let set = try planned(id: id, limits: limits, layout: layout, parent: parent)
        if layout.kind == .unified, let directory = set.unifiedDirectory {
            try makeDirectory(directory)
            try move(process, into: directory)
        }
        let made = try create(id: id, limits: limits, layout: layout, parent: parent)
        for directory in made.directories where layout.kind != .unified { try move(process, into: directory) }
        return made
    }

    private static func move(_ process: Int32, into directory: String) throws(CgroupError) {
        do {
            try FileIO.writeControl(path: directory + "/cgroup.procs", String(process))
        } catch {
            throw .system(error)
        }
    }
}
