internal import CLinux
internal import Diagnostics
internal import Glibc
internal import SystemPackage

/// Walks a directory tree by descriptors: sorted by the bytes of the names, never through a symbolic link.
public enum DirectoryWalker {
    /// One thing found, valid while the visitor runs.
    public struct Entry: ~Copyable {
        /// The path below the start, without a leading slash, as ``FileName`` writes it.
        public let path: String
        /// The last component.
        public let name: String
        /// The number of components before the last.
        public let depth: Int
        /// What `lstat` says.
        public let status: FileStatus
        /// The directory that holds it, for the `*at` calls; valid during the visit only.
        public let parent: Int32

        /// Opens the thing itself: a regular file or a directory for reading, anything else as `O_PATH`.
        public borrowing func open() throws(SyscallError) -> OwnedFD {
            let flags: Int32 =
                switch status.kind {
                case .regular: O_RDONLY
                case .directory: O_RDONLY | O_DIRECTORY
                default: O_PATH
                }
            let (parent, name) = (parent, name)
            return OwnedFD(
                adopting: try check("open", path) {
                    FileName.withCString(name) { openat(parent, $0, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
                }
            )
        }

        /// Reads the target of a symbolic link.
        public borrowing func linkTarget() throws(SyscallError) -> String {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            let (parent, name) = (parent, name)
            let count = try check("read link", path) {
                FileName.withCString(name) { readlinkat(parent, $0, &buffer, buffer.count) }
            }
            return FileName.text(buffer[..<count].map { UInt8(bitPattern: $0) })
        }

        /// Reads all extended attributes, of the link itself where it is one.
        public borrowing func attributes() throws(SyscallError) -> [ExtendedAttributes.Entry] {
            let (parent, name) = (parent, name)
            // Files with attributes are rare, and a walk may meet a hundred thousand without: one call instead of three.
            if FileName.withCString(name, { llb_has_attributes(parent, $0) }) == 0 { return [] }
            return try ExtendedAttributes.all(
                of: OwnedFD(
                    adopting: try check("open", path) {
                        FileName.withCString(name) { openat(parent, $0, O_PATH | O_NOFOLLOW | O_CLOEXEC) }
                    }
                )
            )
        }
    }

    /// What to do after a visit.
    public enum Step: Sendable {
        /// Go on, into the directory if it is one.
        case descend
        /// Go on with the next sibling.
        case skip
    }

    /// The names in a directory, without `.` and `..`, sorted by their bytes.
    public static func names(in directory: borrowing OwnedFD) throws(SyscallError) -> [String] {
        let descriptor = directory.raw
        // A new open file, because fdopendir takes the descriptor and its read position for itself.
        let copy = try check("open a directory") {
            openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard let stream = fdopendir(copy) else {
            let failure = SyscallError("read a directory")
            _ = close(copy)
            throw failure
        }
        defer { closedir(stream) }
        var names = NameList()
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SyscallError("read a directory") }
                break
            }
            withUnsafeBytes(of: &entry.pointee.d_name) { names.append(terminated: $0) }
        }
        return names.sorted()
    }

    /// Visits everything below `directory`, parents before their children.
    ///
    /// - Complexity: one `openat`, one sort and one `fstatat` per directory and entry; holds one descriptor per level.
    public static func walk<Failure: Error>(
        _ directory: borrowing OwnedFD,
        _ visit: (borrowing Entry) throws(Failure) -> Step
    ) throws {
        try walk(directory, prefix: "", depth: 0, visit)
    }

    /// Visits what is in `directory` itself; `path` is what the paths of the entries begin with.
    ///
    /// `expect` is told first how many there are, at most.
    public static func visit(
        _ directory: borrowing OwnedFD,
        at path: String,
        depth: Int = 0,
        expect: (Int) -> Void = { _ in },
        _ visit: (borrowing Entry) throws -> Void
    ) throws {
        let names = try names(in: directory)
        expect(names.count)
        for name in names {
            let status: FileStatus
            do {
                status = try FileStatus.of(name: name, in: directory)
            } catch {
                if error.errno == .noSuchFileOrDirectory { continue }
                throw error
            }
            let path = joined(path, name)
            try visit(Entry(path: path, name: name, depth: depth, status: status, parent: directory.raw))
        }
    }

    /// A name below a directory, which may be empty; interpolation takes several times as long.
    public static func joined(_ directory: String, _ name: String) -> String {
        if directory.isEmpty { return name }
        var path = ""
        path.reserveCapacity(directory.utf8.count + 1 + name.utf8.count)
        path += directory
        path += "/"
        path += name
        return path
    }

    private static func walk<Failure: Error>(
        _ directory: borrowing OwnedFD,
        prefix: String,
        depth: Int,
        _ visit: (borrowing Entry) throws(Failure) -> Step
    ) throws {
        try self.visit(directory, at: prefix, depth: depth) { (entry: borrowing Entry) throws in
            guard try visit(entry) == .descend, entry.status.kind == .directory else { return }
            try walk(try entry.open(), prefix: entry.path, depth: depth + 1, visit)
        }
    }
}
