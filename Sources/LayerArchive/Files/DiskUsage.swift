internal import Glibc
public import SystemPackage

/// Adds up what files take on the disk, a file with several names once.
public struct DiskUsage {
    private struct Inode: Hashable {
        let device: UInt
        let number: UInt
    }

    private var seen: Set<Inode> = []

    /// Begins with nothing counted.
    public init() {}

    /// The bytes of all blocks of a path and everything below it; nothing when it does not exist.
    public static func ofTree(_ path: FilePath) throws -> UInt64 {
        var usage = DiskUsage()
        return try usage.add(path)
    }

    /// Counts a path and everything below it, less what was counted before under another name.
    ///
    /// - Throws: ``ArchiveError/system(operation:path:errno:)`` when a directory cannot be read.
    public mutating func add(_ path: FilePath) throws -> UInt64 {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return 0 }
        var total = bytes(status)
        // Removed by somebody else in the meantime is fine.
        guard status.st_mode & S_IFMT == S_IFDIR, let directory = try? OpenFile(directory: path) else { return total }
        try add(directory, &total)
        return total
    }

    private mutating func add(_ directory: OpenFile, _ total: inout UInt64) throws {
        for name in try DirectoryListing.names(of: directory) {
            guard let status = directory.status(of: name) else { continue }
            total += bytes(status)
            guard status.st_mode & S_IFMT == S_IFDIR, let child = directory.open(name, O_RDONLY | O_DIRECTORY) else {
                continue
            }
            try add(child, &total)
        }
    }

    private mutating func bytes(_ status: stat) -> UInt64 {
        if status.st_mode & S_IFMT != S_IFDIR, status.st_nlink > 1,
            !seen.insert(Inode(device: UInt(status.st_dev), number: UInt(status.st_ino))).inserted
        {
            return 0
        }
        return UInt64(status.st_blocks) * 512
    }
}
