internal import CArchive
internal import Glibc
public import SystemPackage

/// Waits for disks.
public enum FilesystemSync {
    /// Waits until everything on a path's filesystem has reached the disk.
    ///
    /// - Throws: ``ArchiveError/system(operation:path:errno:)`` when the disk has failed.
    public static func sync(_ path: FilePath) throws {
        let directory = try OpenFile(directory: path)
        guard llb_sync_filesystem(directory.descriptor) == 0 else { throw ArchiveError.last("sync", path.string) }
    }
}
