internal import Diagnostics
internal import Glibc
internal import SystemPackage

extension FileIO {
    /// Removes a name, a directory with all it holds, without following any link.
    ///
    /// Whatever a container has made can be removed: names that are no text, and directories of any depth.
    ///
    /// - Returns: whether there was something.
    @discardableResult
    public static func removeTree(_ name: String, in directory: borrowing OwnedFD) throws(SyscallError) -> Bool {
        let parent = directory.raw
        if FileName.withCString(name, { unlinkat(parent, $0, 0) }) == 0 { return true }
        if errno == ENOENT { return false }
        // EISDIR is Linux's answer for a directory, EPERM that of POSIX; anything else is a real failure.
        guard errno == EISDIR || errno == EPERM else { throw SyscallError("remove", name) }
        let top = OwnedFD(
            adopting: try check("open", name) {
                FileName.withCString(name) { openat(parent, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
            }
        )
        try empty(top.raw)
        if FileName.withCString(name, { unlinkat(parent, $0, AT_REMOVEDIR) }) < 0, errno != ENOENT {
            throw SyscallError("remove directory", name)
        }
        return true
    }

    /// Removes a tree of the host's, without following any link.
    @discardableResult
    public static func removeTree(path: String) throws(SyscallError) -> Bool {
        let (parent, name) = BeneathPath.split(path)
        guard let name else { throw SyscallError("remove", path, errno: .invalidArgument) }
        do {
            return try removeTree(name, in: try OwnedFD.open(parent, O_PATH | O_DIRECTORY))
        } catch {
            if error.errno == .noSuchFileOrDirectory { return false }
            throw error
        }
    }

    /// Directories found on the way are moved up under the top one and emptied there, so depth costs neither stack nor
    /// descriptors.
    private static func empty(_ top: Int32) throws(SyscallError) {
        var counter = 0
        while true {
            let names = try DirectoryNames.all(in: top)
            if names.isEmpty { return }
            for name in names {
                if unlink(name, in: top) { continue }
                guard errno == EISDIR || errno == EPERM || errno == ENOTEMPTY || errno == EEXIST else {
                    throw SyscallError("remove", DirectoryNames.text(name))
                }
                let child = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                if child < 0, errno == ENOENT { continue }
                guard child >= 0 else { throw SyscallError("remove", DirectoryNames.text(name)) }
                let directory = OwnedFD(adopting: child)
                for inner in try DirectoryNames.all(in: child) where !unlink(inner, in: child) {
                    try moveUp(inner, from: child, to: top, &counter)
                }
                withExtendedLifetime(directory) {}
                // One that others fill meanwhile is emptied in the next round.
                if unlinkat(top, name, AT_REMOVEDIR) < 0, errno != ENOENT, errno != ENOTEMPTY {
                    throw SyscallError("remove directory", DirectoryNames.text(name))
                }
            }
        }
    }

    private static func moveUp(
        _ name: [CChar],
        from directory: Int32,
        to top: Int32,
        _ counter: inout Int
    ) throws(SyscallError) {
        var status = stat()
        var target = ""
        repeat {
            counter += 1
            target = ".llmbox-removed-\(counter)"
        } while fstatat(top, target, &status, AT_SYMLINK_NOFOLLOW) == 0
        if renameat(directory, name, top, target) < 0, errno != ENOENT {
            throw SyscallError("remove", DirectoryNames.text(name))
        }
    }

    /// Removes a file or an empty directory; false with `errno` set where it is something else.
    private static func unlink(_ name: [CChar], in directory: Int32) -> Bool {
        if unlinkat(directory, name, 0) == 0 || errno == ENOENT { return true }
        return unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT
    }
}
