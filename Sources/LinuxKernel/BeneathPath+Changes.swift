internal import CLinux
internal import Diagnostics
internal import Glibc

extension BeneathPath {
    /// Makes a new regular file and opens it for writing; something of that name must not be there, not even a link.
    public borrowing func createFile(_ path: String, mode: UInt32) throws(SyscallError) -> OwnedFD {
        let place = try openParent(path)
        let file = OwnedFD(
            adopting: try check("create", path) {
                place.withName {
                    openat($0, $1, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode & 0o7777))
                }
            }
        )
        try check("set the mode of", path) { fchmod(file.raw, mode_t(mode & 0o7777)) }
        return file
    }

    /// Replaces the file at `path` by one with this content: a link there is replaced, never written through.
    public borrowing func writeFile(_ path: String, _ bytes: [UInt8], mode: UInt32) throws(SyscallError) {
        let place = try openParent(path)
        if place.withName({ unlinkat($0, $1, 0) }) < 0, Glibc.errno != ENOENT {
            throw SyscallError("replace", path)
        }
        let file = try createFile(path, mode: mode)
        try FileIO.writeAll(file, bytes, name: path)
    }

    /// Makes one directory; its parent must be there.
    public borrowing func makeDirectory(_ path: String, mode: UInt32) throws(SyscallError) {
        let place = try openParent(path)
        try check("make directory", path) { place.withName { mkdirat($0, $1, mode_t(mode & 0o7777)) } }
        try FileIO.setMode(place.name, in: place.directory, mode)
    }

    /// Makes a symbolic link at `path` whose text is `target`.
    public borrowing func makeSymbolicLink(_ path: String, target: String) throws(SyscallError) {
        let place = try openParent(path)
        try check("make symbolic link", path) {
            FileName.withCString(target) { target in place.withName { symlinkat(target, $0, $1) } }
        }
    }

    /// Gives the file at `existing`, which is not followed, a second name.
    public borrowing func makeHardLink(_ path: String, to existing: String) throws(SyscallError) {
        let place = try openParent(path)
        let source = try openParent(existing)
        try check("make hard link", path) {
            source.withName { from, name in place.withName { linkat(from, name, $0, $1, 0) } }
        }
    }

    /// Gives an open file a name here, whatever names it has elsewhere.
    ///
    /// - Returns: Whether it has it now; false when the file lies on another filesystem, or on one without second names.
    public borrowing func link(_ file: borrowing OwnedFD, as path: String) throws(SyscallError) -> Bool {
        let place = try openParent(path)
        let source = "/proc/self/fd/\(file.raw)"
        let linked = place.withName { linkat(AT_FDCWD, source, $0, $1, AT_SYMLINK_FOLLOW) }
        if linked == 0 { return true }
        guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP].contains(Glibc.errno) else {
            throw SyscallError("make hard link", path)
        }
        return false
    }

    /// Makes a device node, fifo or socket.
    ///
    /// The mode has permission bits and the kind: `S_IFCHR`, `S_IFBLK`, `S_IFIFO` or `S_IFSOCK`.
    public borrowing func makeNode(
        _ path: String,
        mode: UInt32,
        major: UInt32 = 0,
        minor: UInt32 = 0
    ) throws(SyscallError) {
        let place = try openParent(path)
        try check("make node", path) {
            place.withName {
                mknodat($0, $1, mode_t(mode), dev_t(FileStatus.deviceNumber(major: major, minor: minor)))
            }
        }
        try FileIO.setMode(place.name, in: place.directory, mode & 0o7777)
    }

    /// Removes a name that is not a directory.
    public borrowing func unlink(_ path: String) throws(SyscallError) {
        let place = try openParent(path)
        try check("remove", path) { place.withName { unlinkat($0, $1, 0) } }
    }

    /// Removes an empty directory.
    public borrowing func removeDirectory(_ path: String) throws(SyscallError) {
        let place = try openParent(path)
        try check("remove directory", path) { place.withName { unlinkat($0, $1, AT_REMOVEDIR) } }
    }

    /// Removes whatever is at `path`, a directory with all it holds, without following any link.
    ///
    /// - Returns: whether there was something.
    @discardableResult
    public borrowing func removeAll(_ path: String) throws(SyscallError) -> Bool {
        let place = try openParent(path)
        return try FileIO.removeTree(place.name, in: place.directory)
    }

    /// Renames within the tree, replacing what is at `destination`.
    public borrowing func rename(_ source: String, to destination: String) throws(SyscallError) {
        let from = try openParent(source)
        let to = try openParent(destination)
        try check("rename", source) {
            from.withName { old, name in to.withName { renameat(old, name, $0, $1) } }
        }
    }

    /// Sets the owner of what is at `path`, of the link itself where it is one; nil keeps what is.
    public borrowing func setOwner(_ path: String, user: UInt32?, group: UInt32?) throws(SyscallError) {
        let file = try open(path, O_PATH | O_NOFOLLOW)
        try check("set the owner of", path) {
            fchownat(file.raw, "", user ?? UInt32.max, group ?? UInt32.max, AT_EMPTY_PATH)
        }
    }

    /// Sets the permission bits of what is at `path`, which must not be a symbolic link.
    public borrowing func setMode(_ path: String, _ mode: UInt32) throws(SyscallError) {
        let place = try openParent(path)
        try FileIO.setMode(place.name, in: place.directory, mode)
    }

    /// Sets the times of what is at `path`, of the link itself where it is one.
    public borrowing func setTimes(
        _ path: String,
        accessed: FileStatus.Timestamp,
        modified: FileStatus.Timestamp
    ) throws(SyscallError) {
        let place = try openParent(path)
        let times = [accessed, modified].map { timespec(tv_sec: Int($0.seconds), tv_nsec: Int($0.nanoseconds)) }
        try check("set the times of", path) {
            place.withName { utimensat($0, $1, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets an extended attribute of what is at `path`, of the link itself where it is one.
    public borrowing func setAttribute(_ path: String, _ name: String, _ value: [UInt8]) throws(SyscallError) {
        try ExtendedAttributes.set(name, value, of: try open(path, O_PATH | O_NOFOLLOW))
    }

    /// Reads all extended attributes of what is at `path`, of the link itself where it is one.
    public borrowing func attributes(_ path: String) throws(SyscallError) -> [ExtendedAttributes.Entry] {
        try ExtendedAttributes.all(of: try open(path, O_PATH | O_NOFOLLOW))
    }
}
