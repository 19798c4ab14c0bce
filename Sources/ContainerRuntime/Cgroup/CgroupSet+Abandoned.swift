internal import Glibc
public import LinuxKernel

extension CgroupSet {
    /// A name for a group that ends with the calling process's work: it tells by whom it was made.
    public static func ownedName(_ kind: String, _ suffix: String) -> String {
        let owner = ProcessIdentity.current()
        return "\(kind)-\(owner.pid).\(owner.startTime)-\(suffix)"
    }

    /// Removes the groups of one kind whose makers were killed before they could.
    ///
    /// Nothing is signaled: a group in which something still runs stays.
    public static func removeAbandoned(_ kind: String, layout: CgroupLayout, parent: String = defaultParent) {
        let roots = layout.hierarchies.map(\.mountPoint) + [layout.unifiedMountPoint].compactMap { $0 }
        for root in roots {
            guard let stream = opendir("\(root)/\(parent)") else { continue }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard let owner = owner(ofName: name, kind: kind), !owner.isAlive else { continue }
                rmdir("\(root)/\(parent)/\(name)")
            }
        }
    }

    /// Removes the groups of a container whose supervisor was killed before it could note them.
    ///
    /// - Important: blocks for up to a second while processes in them are ending.
    static func removeUnnoted(id: String, layout: CgroupLayout, parent: String = defaultParent) {
        let roots = layout.hierarchies.map(\.mountPoint) + [layout.unifiedMountPoint].compactMap { $0 }
        let directories: [String] = roots.map { root in "\(root)/\(parent)/\(id)" }
        let left = directories.filter { directory in access(directory, F_OK) == 0 }
        try? CgroupSet(directories: left, layout: layout).remove()
    }

    /// Removes llmbox's own directories where no container is left in them; the next start makes them again.
    ///
    /// The kernel refuses to remove one that is in use, and who makes a group makes its parents as often as they go.
    public static func removeUnusedParents(layout: CgroupLayout) {
        for root in layout.hierarchies.map(\.mountPoint) + [layout.unifiedMountPoint].compactMap({ $0 }) {
            rmdir("\(root)/\(defaultParent)")
        }
    }

    /// Who made a group of this name; nil when the name is not of the form.
    public static func owner(ofName name: String, kind: String) -> ProcessIdentity? {
        guard name.hasPrefix(kind + "-") else { return nil }
        let words = name.dropFirst(kind.utf8.count + 1).split(separator: "-", maxSplits: 1)
        let numbers = words.first?.split(separator: ".") ?? []
        guard words.count == 2, numbers.count == 2, let pid = Int32(numbers[0]), let start = UInt64(numbers[1]) else {
            return nil
        }
        return ProcessIdentity(pid: pid, startTime: start)
    }
}
