internal import Glibc

/// How much of a disk may be filled with what comes from outside.
public enum DiskSpace {
    /// The free bytes of a path's file system but for a reserve, so that others can go on working.
    public static func usable(at path: String) throws(SyscallError) -> Int64 {
        let free = try free(at: path)
        return free - reserve(of: free)
    }

    /// The free bytes of a path's file system.
    public static func free(at path: String) throws(SyscallError) -> Int64 {
        var status = statvfs()
        try check("look at the file system of", path) { statvfs(path, &status) }
        return free(status)
    }

    /// The free bytes of an open file's file system.
    public static func free(at descriptor: Int32) throws(SyscallError) -> Int64 {
        var status = statvfs()
        try check("look at a file system") { fstatvfs(descriptor, &status) }
        return free(status)
    }

    /// What is left to others of so many free bytes.
    public static func reserve(of free: Int64) -> Int64 { min(free / 16, 256 << 20) }

    private static func free(_ status: statvfs) -> Int64 {
        Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }
}
