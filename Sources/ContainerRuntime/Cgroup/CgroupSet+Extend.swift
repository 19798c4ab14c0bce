internal import Glibc
public import LinuxKernel
internal import SystemPackage

extension CgroupSet {
    /// Sets the limits of a container that runs, also those for which it has had no cgroup so far.
    ///
    /// - Parameters:
    ///   - limits: all limits from now on.
    ///   - id: the container's id.
    ///   - layout: the cgroups of this machine.
    ///   - parent: as in ``create(id:limits:layout:parent:)``.
    /// - Returns: the cgroups that the container is in now.
    /// - Throws: ``CgroupError``; what was set before the refused limit stays set.
    public func changed(
        to limits: ResourceLimits,
        id: String,
        layout: CgroupLayout,
        parent: String = defaultParent
    ) throws(CgroupError) -> CgroupSet {
        var limits = limits
        limits.devices = nil  // as they are: the rules of a running container are in force already
        // A group that exists is taken as it is, so this makes the missing ones only.
        let wanted = try Self.create(id: id, limits: limits, layout: layout, parent: parent, removesOnFailure: false)
        let added = wanted.directories.filter { !directories.contains($0) }
        for directory in added { try move(into: directory) }
        return CgroupSet(directories: directories + added, layout: layout)
    }

    /// Moves every process of the container into one more group; one that is forked meanwhile is found by the next look.
    private func move(into directory: String) throws(CgroupError) {
        for _ in 0..<100 {
            let there = Set(Self.processes(in: directory))
            let missing = allProcesses.filter { !there.contains($0) }
            if missing.isEmpty { return }
            for process in missing {
                do {
                    try FileIO.writeControl(path: directory + "/cgroup.procs", String(process))
                } catch {
                    if error.errno != .noSuchProcess { throw .system(error) }  // it has ended
                }
            }
        }
        throw .system(SyscallError("move the container into", directory, errno: .timedOut))
    }

    /// The processes of the container, also those in groups that it made inside its own.
    public var allProcesses: [Int32] {
        guard let directory = unifiedDirectory ?? legacyDirectories.first else { return [] }
        var found: [Int32] = []
        var waiting = [directory]
        while let next = waiting.popLast() {
            found += Self.processes(in: next)
            guard let stream = opendir(next) else { continue }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
                let name = withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                    bytes.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != ".", name != ".." { waiting.append("\(next)/\(name)") }
            }
        }
        return found
    }

    private static func processes(in directory: String) -> [Int32] {
        let text = (try? FileIO.readText(path: directory + "/cgroup.procs")) ?? ""
        return text.split(separator: "\n").compactMap { Int32($0) }
    }
}
