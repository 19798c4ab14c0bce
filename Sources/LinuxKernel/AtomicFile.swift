internal import CLinux
internal import Glibc
internal import SystemPackage

/// Writes small files so that a reader, or a crash at any instant, sees the old content or the new, never a mixture.
public enum AtomicFile {
    /// Replaces `path`: temporary name beside it, write, fsync, rename, fsync of the directory.
    ///
    /// Without `durable` nothing is synced, and a power loss may bring the old content back, or none.
    public static func write(
        _ path: String,
        _ bytes: [UInt8],
        mode: UInt32 = 0o600,
        durable: Bool = true
    ) throws(SyscallError) {
        let (parent, name) = BeneathPath.split(path)
        guard let name else { throw SyscallError("write", path, errno: .isDirectory) }
        let directory = try OwnedFD.open(parent, O_RDONLY | O_DIRECTORY)
        // The process id and a random part: two writers never share a temporary file, and a stale one never blocks.
        let temporary = ".\(name).\(getpid()).\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
        let file = OwnedFD(
            adopting: try check("create", "\(parent)/\(temporary)") {
                openat(directory.raw, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
            }
        )
        do {
            try check("set the mode of", path) { fchmod(file.raw, mode_t(mode)) }
            try FileIO.writeAll(file, bytes, name: path)
            if durable { try check("sync", path) { fsync(file.raw) } }
            try check("rename to", path) { renameat(directory.raw, temporary, directory.raw, name) }
        } catch {
            _ = unlinkat(directory.raw, temporary, 0)
            throw error
        }
        if durable { try check("sync", parent) { fsync(directory.raw) } }
    }

    /// Writes a file in a directory that nobody else looks into yet, where no half of it can be seen.
    public static func make(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600) throws(SyscallError) {
        let file = try OwnedFD.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode_t(mode))
        // The caller's mask may have taken something away.
        if mode & 0o077 != 0 { try check("set the mode of", path) { fchmod(file.raw, mode_t(mode)) } }
        try FileIO.writeAll(file, bytes, name: path)
    }

    /// Makes what was renamed or created in a directory survive a power loss.
    public static func syncDirectory(_ path: String) throws(SyscallError) {
        let directory = try OwnedFD.open(path, O_RDONLY | O_DIRECTORY)
        try check("sync", path) { fsync(directory.raw) }
    }
}
