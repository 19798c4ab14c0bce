internal import Glibc
internal import LinuxKernel

/// Where a copy of a tree ends: what is in `/proc`, `/sys` and `/dev` is the kernel's and not the container's.
///
/// Docker copies the files below such mounts, which are empty directories. Whoever names a file in there gets it.
struct CopyBoundary {
    private let isWholeRoot: Bool
    private let device: UInt64

    /// Describes a copy of the tree at `path`, whose top lies on `device`.
    init(of path: CopyPath, device: UInt64) {
        isWholeRoot = path.text.split(separator: "/").allSatisfy { $0 == "." }
        self.device = device
    }

    /// Whether what is in a directory stays behind, though not the directory itself.
    func hides(_ entry: borrowing DirectoryWalker.Entry) throws -> Bool {
        // Only what is mounted has another device.
        guard entry.status.kind == .directory, entry.status.device != device else { return false }
        if isWholeRoot, entry.path == "dev" { return true }
        return try FileSystemType.of(entry.open()).isViewOfKernel
    }

    /// The same of a path in a copy as a stream, by an open directory.
    func hides(_ path: String, _ directory: Int32) throws -> Bool {
        let copy = OwnedFD(adopting: try check("duplicate a descriptor") { fcntl(directory, F_DUPFD_CLOEXEC, 3) })
        guard try FileStatus.of(copy).device != device else { return false }
        if isWholeRoot, path == "dev" { return true }
        return try FileSystemType.of(copy).isViewOfKernel
    }
}
