internal import Glibc
internal import LinuxKernel

/// The id maps of a user namespace, written once.
enum IDMaps {
    /// Writes both maps of a child's namespace.
    static func write(users: [IDMapping], groups: [IDMapping], process: Int32) throws(SyscallError) {
        // Without privileges the kernel takes a group map only after `setgroups` has been given up (CVE-2014-8989).
        if geteuid() != 0 { try FileIO.writeControl(path: "/proc/\(process)/setgroups", "deny") }
        try write(users, to: "/proc/\(process)/uid_map")
        try write(groups, to: "/proc/\(process)/gid_map")
    }

    /// An error tells the number of rows: the rows themselves may be thousands.
    private static func write(_ rows: [IDMapping], to path: String) throws(SyscallError) {
        do throws(SyscallError) {
            try FileIO.writeControl(path: path, text(rows))
        } catch {
            throw SyscallError("write \(rows.count) rows of ids to", path, errno: error.errno)
        }
    }

    /// Writes both maps of the namespace that the calling process has just made, which may be one id each.
    static func writeOwn(users: [IDMapping], groups: [IDMapping]) throws(SyscallError) {
        try FileIO.writeControl(path: "/proc/self/setgroups", "deny")
        try FileIO.writeControl(path: "/proc/self/uid_map", text(users))
        try FileIO.writeControl(path: "/proc/self/gid_map", text(groups))
    }

    static func text(_ rows: [IDMapping]) -> String {
        rows.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
    }
}
