internal import Glibc
public import SystemPackage

/// Adds up what files take on the disk.
public enum DiskUsage {
    /// The bytes of all blocks of a path and everything below it; nothing when it does not exist.
    ///
    /// A file with several names counts once for each of them.
    ///
    /// - Throws: ``ArchiveError/system(operation:path:errno:)`` when a directory cannot be read.
    public static func ofTree(_ path: FilePath) throws -> UInt64 {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return 0 }
        var total = UInt64(status.st_blocks) * 512
        guard status.st_mode & S_IFMT == S_IFDIR else { return total }
        // Removed by somebody else in the meantime is fine.
        guard let directory = try? OpenFile(directory: path) else { return total }
        try add(directory, &total)
        return total
    }

    private static func add(_ directory: OpenFile, _ total: inout UInt64) throws {
        for name in try DirectoryListing.names(of: directory) {
            guard let status = directory.status(of: name) else { continue }
            total += UInt64(status.st_blocks) * 512
            guard status.st_mode & S_IFMT == S_IFDIR, let child = directory.open(name, O_RDONLY | O_DIRECTORY) else {
                continue
            }
            try add(child, &total)
        }
    }
}
