internal import CLinux
internal import Glibc
internal import SystemPackage

/// Limits how much a directory may hold, where its file system counts by project: xfs and ext4 mounted with `prjquota`.
public enum ProjectQuota {
    /// Projects from here on are ours; docker counts its own up from 1.
    private static let first: UInt32 = 1 << 20

    /// Limits an open, empty directory to a number of bytes.
    ///
    /// Callers must not do so at the same time on one file system. `ESRCH`, `ENOSYS` or `EOPNOTSUPP` say that the file
    /// system does not count by project.
    /// - Returns: the number of the project, for ``release(_:of:)``.
    public static func limit(_ directory: borrowing OwnedFD, to bytes: Int64) throws(SyscallError) -> UInt32 {
        let descriptor = directory.raw
        var project = first
        while try Entry(of: project, descriptor).isTaken { project += 1 }
        let chosen = project
        try Entry.setLimit(bytes, of: chosen, descriptor)
        do throws(SyscallError) {
            try assign(descriptor, to: chosen)
        } catch {
            release(chosen, of: directory)
            throw error
        }
        return chosen
    }

    /// Forgets the limit of a directory that is about to go.
    public static func release(_ project: UInt32, of directory: borrowing OwnedFD) {
        // A number that stays taken is all that happens where this fails.
        _ = try? Entry.setLimit(0, of: project, directory.raw)
    }

    /// Puts a directory, and all that will be made in it, into a project: `struct fsxattr`, whose fourth word is the number.
    private static func assign(_ directory: Int32, to project: UInt32) throws(SyscallError) {
        let (get, set, inherits) = (UInt(0x801c_581f), UInt(0x401c_5820), UInt32(0x200))
        var words = [UInt32](repeating: 0, count: 7)
        try check("read the attributes of a directory") {
            words.withUnsafeMutableBytes { llb_ioctl(directory, get, Int(bitPattern: $0.baseAddress)) }
        }
        words[0] |= inherits
        words[3] = project
        try check("set the project of a directory") {
            words.withUnsafeMutableBytes { llb_ioctl(directory, set, Int(bitPattern: $0.baseAddress)) }
        }
    }

    /// `struct if_dqblk`: eight words of 64 bits and one of 32; limits are counted in KiB.
    private struct Entry {
        private var words = [UInt64](repeating: 0, count: 9)

        private static let (get, set, ofProjects): (Int32, Int32, Int32) = (0x80_0007, 0x80_0008, 2)

        private init() {}

        /// Asks for what a project has.
        init(of project: UInt32, _ file: Int32) throws(SyscallError) {
            let command = Self.get << 8 | Self.ofProjects
            let result = words.withUnsafeMutableBytes { llb_quotactl_fd(file, command, project, $0.baseAddress) }
            // Where the file system counts and has never heard of this one, it says ENOENT.
            if result < 0, errno != ENOENT { throw SyscallError("read the quota of a directory") }
        }

        /// Whoever has a number has bytes or a limit.
        var isTaken: Bool { words[0] > 0 || words[2] > 0 }

        static func setLimit(_ bytes: Int64, of project: UInt32, _ file: Int32) throws(SyscallError) {
            var entry = Entry()
            entry.words[0] = UInt64(bytes + 1023) / 1024
            // QIF_BLIMITS: only the limits of the size are meant.
            entry.words[8] = 1
            let command = set << 8 | ofProjects
            try check("limit a directory") {
                entry.words.withUnsafeMutableBytes { llb_quotactl_fd(file, command, project, $0.baseAddress) }
            }
        }
    }
}
