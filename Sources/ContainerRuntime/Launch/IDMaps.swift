internal import Glibc
internal import LinuxKernel

/// The id maps of a user namespace, written once by its parent.
enum IDMaps {
    /// Writes both maps.
    static func write(users: [IDMapping], groups: [IDMapping], process: Int32) throws(SyscallError) {
        // Without privileges the kernel takes a group map only after `setgroups` has been given up (CVE-2014-8989).
        if geteuid() != 0 { try FileIO.writeControl(path: "/proc/\(process)/setgroups", "deny") }
        try FileIO.writeControl(path: "/proc/\(process)/uid_map", text(users))
        try FileIO.writeControl(path: "/proc/\(process)/gid_map", text(groups))
    }

    static func text(_ rows: [IDMapping]) -> String {
        rows.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
    }
}
