internal import Glibc
public import SystemPackage

/// Looks at the times of a tree without changing anything.
public enum TreeTimes {
    /// Whether `times` would change the time of anything in the tree, as a layer's stream has it.
    ///
    /// - Complexity: One look at every file; stops at the first that differs.
    public static func areChanged(by times: FileTimes, in tree: FilePath) throws -> Bool {
        times == .kept ? false : try areChanged(by: times, in: try OpenFile(directory: tree))
    }

    private static func areChanged(by times: FileTimes, in directory: OpenFile) throws -> Bool {
        for name in try DirectoryListing.names(of: directory) {
            guard let status = directory.status(of: name) else { throw ArchiveError.last("read", displayName(name)) }
            let kind = status.st_mode & S_IFMT
            // Whiteouts have no time in the stream, and sockets are not in it.
            if kind == S_IFSOCK || (kind == S_IFCHR && status.st_rdev == 0) { continue }
            let time = Int64(status.st_mtim.tv_sec)
            if times.applied(to: time) != time { return true }
            guard kind == S_IFDIR else { continue }
            guard let child = directory.open(name, O_RDONLY | O_DIRECTORY) else {
                throw ArchiveError.last("open", displayName(name))
            }
            if try areChanged(by: times, in: child) { return true }
        }
        return false
    }
}
