internal import CArchive
internal import Glibc
internal import LinuxKernel

extension TreeCloner {
    /// Copies something that is no directory.
    func file(
        _ name: [UInt8],
        _ source: OpenFile,
        _ destination: OpenFile,
        _ path: [UInt8],
        _ status: stat
    ) throws {
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        if isRegular, UInt64(status.st_size) >= options.sharedFrom, link(name, source, destination) { return }
        if status.st_nlink > 1 {
            let inode = Inode(device: UInt(status.st_dev), number: UInt(status.st_ino))
            if let first = firstNames[inode] {
                let linked = withCString(first) { first in
                    withCString(name) { linkat(root.descriptor, first, destination.descriptor, $0, 0) }
                }
                guard linked == 0 else { throw ArchiveError.last("link", displayName(path)) }
                return
            }
            firstNames[inode] = path
        }
        let attributes = try ExtendedAttributes.read(source.procPath(of: name)).filter { !$0.belongsToOverlay }
        if isRegular {
            try content(name, source, destination, path, status, attributes)
        } else {
            try node(name, destination, path, status, source.linkTarget(of: name) ?? [])
            try set(attributes, of: name, in: destination, path)
        }
    }

    /// Gives a file of the source a second name; the number of names that a file can have is limited.
    private func link(_ name: [UInt8], _ source: OpenFile, _ destination: OpenFile) -> Bool {
        withCString(name) { linkat(source.descriptor, $0, destination.descriptor, $0, 0) } == 0
    }

    private func content(
        _ name: [UInt8],
        _ source: OpenFile,
        _ destination: OpenFile,
        _ path: [UInt8],
        _ status: stat,
        _ attributes: [ExtendedAttribute]
    ) throws {
        guard let input = source.open(name, O_RDONLY | O_NONBLOCK) else {
            throw ArchiveError.last("open", displayName(path))
        }
        guard let output = destination.open(name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600) else {
            throw ArchiveError.last("create", displayName(path))
        }
        if status.st_size > 0, !cloneFile(input.descriptor, output.descriptor) {
            try copy(input, output, size: Int(status.st_size), path)
        }
        try dress(output, status, attributes, path)
    }

    /// Copies inside the kernel where it can, holes as holes.
    private func copy(_ input: OpenFile, _ output: OpenFile, size: Int, _ path: [UInt8]) throws {
        let source = OwnedFD(adopting: fcntl(input.descriptor, F_DUPFD_CLOEXEC, 3))
        let destination = OwnedFD(adopting: fcntl(output.descriptor, F_DUPFD_CLOEXEC, 3))
        do throws(SyscallError) {
            try FileCopy.content(from: source, to: destination, size: Int64(size), name: displayName(path))
        } catch {
            throw ArchiveError.system(operation: error.action, path: displayName(path), errno: error.errno)
        }
    }

    /// Makes a symbolic link, a device, a pipe or a whiteout.
    func node(
        _ name: [UInt8],
        _ destination: OpenFile,
        _ path: [UInt8],
        _ status: stat,
        _ target: [UInt8]
    ) throws {
        let made = withCString(name) { name in
            status.st_mode & S_IFMT == S_IFLNK
                ? withCString(target) { symlinkat($0, destination.descriptor, name) }
                : mknodat(destination.descriptor, name, status.st_mode, status.st_rdev)
        }
        guard made == 0 else { throw ArchiveError.last("create", displayName(path)) }
        if options.keepsOwners {
            let owned = withCString(name) {
                fchownat(destination.descriptor, $0, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
            }
            guard owned == 0 else { throw ArchiveError.last("set the owner of", displayName(path)) }
        }
        if status.st_mode & S_IFMT != S_IFLNK {
            // The umask took bits away; a device or pipe cannot be opened to give them back.
            let set = withCString(name) { fchmodat(destination.descriptor, $0, status.st_mode & 0o7777, 0) }
            guard set == 0 else { throw ArchiveError.last("set the mode of", displayName(path)) }
        }
        let times = times(of: status)
        let timed = withCString(name) { utimensat(destination.descriptor, $0, times, AT_SYMLINK_NOFOLLOW) }
        guard timed == 0 else { throw ArchiveError.last("set the times of", displayName(path)) }
    }

    /// Gives an open file or directory owner, mode, attributes and times, in the order in which none undoes another.
    func dress(_ file: OpenFile, _ status: stat, _ attributes: [ExtendedAttribute], _ path: [UInt8]) throws {
        if options.keepsOwners, fchown(file.descriptor, status.st_uid, status.st_gid) != 0 {
            throw ArchiveError.last("set the owner of", displayName(path))
        }
        guard fchmod(file.descriptor, status.st_mode & 0o7777) == 0 else {
            throw ArchiveError.last("set the mode of", displayName(path))
        }
        try set(attributes, of: TreePath.dot, at: Array("/proc/self/fd/\(file.descriptor)".utf8), path)
        guard futimens(file.descriptor, times(of: status)) == 0 else {
            throw ArchiveError.last("set the times of", displayName(path))
        }
    }

    /// Opens something of the copy.
    func open(_ path: [UInt8], _ flags: Int32) throws -> OpenFile {
        var current = root
        for name in path.split(separator: TreePath.slash) {
            guard let next = current.open(Array(name), flags) else {
                throw ArchiveError.last("open", displayName(path))
            }
            current = next
        }
        return current
    }

    private func set(
        _ attributes: [ExtendedAttribute],
        of name: [UInt8],
        in directory: OpenFile,
        _ path: [UInt8]
    ) throws {
        try set(attributes, of: name, at: directory.procPath(of: name), path)
    }

    private func set(
        _ attributes: [ExtendedAttribute],
        of name: [UInt8],
        at place: [UInt8],
        _ path: [UInt8]
    ) throws {
        for attribute in attributes {
            // The descriptor's own name is a link, which must be followed; any other name must not be.
            let status =
                name == TreePath.dot
                ? withCString(place) { place in
                    withCString(attribute.name) { setxattr(place, $0, attribute.value, attribute.value.count, 0) } == 0
                        ? 0 : errno
                }
                : ExtendedAttributes.set(attribute, at: place)
            // Outside of the store the filesystem may have no attributes, and only root sets those of the system.
            if !options.isLayer, [EOPNOTSUPP, EPERM].contains(status) { continue }
            guard status == 0 else {
                errno = status
                throw ArchiveError.last("set the attribute \(displayName(attribute.name)) of", displayName(path))
            }
        }
    }

    private func times(of status: stat) -> [timespec] {
        let seconds = options.times.applied(to: Int64(status.st_mtim.tv_sec))
        var time = timespec(tv_sec: Int(seconds), tv_nsec: status.st_mtim.tv_nsec)
        // A layer's stream has whole seconds, so the same image gives the same files wherever it came from.
        if !options.isLayer || seconds != Int64(status.st_mtim.tv_sec) { time.tv_nsec = 0 }
        return [time, time]
    }
}
