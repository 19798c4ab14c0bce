internal import Glibc

/// The names in a directory as raw bytes.
enum DirectoryListing {
    /// All names but `.` and `..`, in byte order.
    static func names(of directory: OpenFile) throws -> [[UInt8]] {
        // A descriptor of its own, because readdir moves the position and closedir closes.
        let copy = openat(directory.descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw ArchiveError.last("list", "directory") }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                Array(UnsafeRawBufferPointer(start: pointer, count: 256).prefix { $0 != 0 })
            }
            if name != TreePath.dot, name != TreePath.dotDot { names.append(name) }
        }
        guard errno == 0 else { throw ArchiveError.last("list", "directory") }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
