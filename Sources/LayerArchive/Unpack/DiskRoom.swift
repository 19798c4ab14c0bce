internal import Glibc
internal import LinuxKernel

/// Stops an unpacking before it has filled the disk to the last byte: what a bomb unpacks to is known only by doing it.
final class DiskRoom {
    /// At most so many bytes are written between two looks at the disk.
    private static let longestInterval: Int64 = 16 << 20
    private let directory: OpenFile
    private let reserve: Int64
    private let interval: Int
    private var unseen = 0

    /// Looks at the disk that a directory is on.
    init(_ directory: OpenFile) throws {
        self.directory = directory
        reserve = DiskSpace.reserve(of: try DiskSpace.free(at: directory.descriptor))
        interval = Int(max(1 << 16, min(Self.longestInterval, reserve / 2)))
    }

    /// Notes that something was written.
    ///
    /// - Throws: ``ArchiveError/diskTooSmall(reserve:)``.
    func note(_ bytes: Int) throws {
        unseen += bytes
        guard unseen >= interval else { return }
        unseen = 0
        guard try DiskSpace.free(at: directory.descriptor) > reserve else {
            throw ArchiveError.diskTooSmall(reserve: reserve)
        }
    }
}
