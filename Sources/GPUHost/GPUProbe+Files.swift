public import GPUPlanning
internal import LinuxKernel

extension GPUProbe {
    /// The device node at a path of the machine's; nil where there is none.
    public func node(_ path: String) -> HostNode? {
        guard let tree = try? HostTree(hostRoot) else { return nil }  // without a root there is nothing
        return tree.node(path)
    }

    /// Whether something is at a path of the machine's.
    public func exists(_ path: String) -> Bool {
        guard let tree = try? HostTree(hostRoot) else { return false }  // without a root there is nothing
        return tree.exists(path)
    }

    /// The names in a directory of the machine's, sorted; none where there is no such directory.
    public func names(_ path: String) -> [String] {
        guard let tree = try? HostTree(hostRoot) else { return [] }  // without a root there is nothing
        return tree.names(path)
    }

    /// The content of a small file of the machine's; nil where it cannot be read.
    public func bytes(_ path: String) -> [UInt8]? {
        guard let tree = try? HostTree(hostRoot) else { return nil }  // without a root there is nothing
        return tree.bytes(path, limit: 4 << 20)
    }

    /// The name that programs ask a library for; nil for what is none or has no such name.
    public func soname(of path: String) -> String? {
        guard let tree = try? HostTree(hostRoot) else { return nil }  // without a root there is nothing
        return DriverFileProbe.read(path, tree)?.soname
    }
}
