internal import CLinux
internal import Glibc
internal import SystemPackage

/// Mounts at paths of the host's, for file systems that others must see too.
public enum MountPoint {
    /// Whether something is mounted at a path itself, as this process sees it.
    public static func isRoot(_ path: String) throws(SyscallError) -> Bool {
        let place = try OwnedFD.open(path, O_PATH | O_NOFOLLOW)
        let parent = try OwnedFD.open(BeneathPath.split(path).parent, O_PATH)
        return try number(of: place) != number(of: parent)
    }

    /// The number of the mount that an open file was reached through.
    private static func number(of file: borrowing OwnedFD) throws(SyscallError) -> Substring {
        let text = try FileIO.readText(path: "/proc/self/fdinfo/\(file.raw)")
        return text.split(separator: "\n").first { $0.hasPrefix("mnt_id:") } ?? ""
    }

    /// Mounts a file system; `flags` are those of `mount(2)`.
    public static func mount(
        _ source: String,
        type: String,
        onto path: String,
        flags: UInt,
        data: String
    ) throws(SyscallError) {
        try check("mount", source) { Glibc.mount(source, path, type, flags, data) }
    }

    /// Shows a directory of the host's at a second place.
    public static func bind(
        _ source: String,
        onto path: String,
        recursive: Bool,
        flags: UInt
    ) throws(SyscallError) {
        let kind = UInt(MS_BIND) | (recursive ? UInt(MS_REC) : 0)
        try check("bind", source) { Glibc.mount(source, path, nil, kind, nil) }
        guard flags != 0 else { return }
        do throws(SyscallError) {
            let change = flags | UInt(MS_BIND) | UInt(MS_REMOUNT)
            try check("change mount attributes of", path) { Glibc.mount(nil, path, nil, change, nil) }
        } catch {
            try unmount(path)
            throw error
        }
    }

    /// Takes a mount away; who still has files of it open keeps them.
    public static func unmount(_ path: String) throws(SyscallError) {
        try check("unmount", path) { umount2(path, Int32(MNT_DETACH) | Int32(UMOUNT_NOFOLLOW)) }
    }
}
