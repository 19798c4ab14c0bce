internal import Glibc
public import SystemPackage

/// Copies the tree of a layer exactly, overlayfs' own marks included, less some of its files.
public enum LayerTreeCopy {
    /// Copies everything below `source` into the empty directory `destination`, but the files whose paths below it are
    /// in `leftOut`; times of directories are the source's even where something is missing.
    ///
    /// - Important: Blocks. Nothing else may change either tree meanwhile.
    public static func copy(
        from source: FilePath,
        to destination: FilePath,
        leavingOut leftOut: Set<[UInt8]> = []
    ) throws {
        var copy = TreeCopy(root: try OpenFile(directory: destination), leftOut: leftOut)
        let from = try OpenFile(directory: source)
        try copy.contents(of: from, to: copy.root, path: [])
        try copy.attributes(of: from, from: source.withBytes, to: destination.withBytes)
    }

    /// Gives the directories above a path the times they have in another tree, after something was moved there.
    public static func restoreTimes(above path: [UInt8], from source: FilePath, in destination: FilePath) throws {
        var parts = path.split(separator: TreePath.slash).map(Array.init)
        while parts.popLast() != nil {
            let place = TreePath.joined(parts)
            var status = stat()
            guard withCString(source.withBytes + [TreePath.slash] + place, { lstat($0, &status) }) == 0 else { return }
            try setTimes(of: destination.withBytes + [TreePath.slash] + place, status)
        }
    }

    static func setTimes(of path: [UInt8], _ status: stat) throws {
        let times = [status.st_atim, status.st_mtim]
        guard withCString(path, { utimensat(AT_FDCWD, $0, times, AT_SYMLINK_NOFOLLOW) }) == 0 else {
            throw ArchiveError.last("set the times of", displayName(path))
        }
    }
}

extension FilePath {
    fileprivate var withBytes: [UInt8] { Array(string.utf8) }
}

/// The state of one copy: where inodes with several names have got their first one.
private struct TreeCopy {
    let root: OpenFile
    let leftOut: Set<[UInt8]>
    private var firstNames: [UInt64: [UInt8]] = [:]

    init(root: OpenFile, leftOut: Set<[UInt8]>) {
        self.root = root
        self.leftOut = leftOut
    }

    mutating func contents(of source: OpenFile, to destination: OpenFile, path: [UInt8]) throws {
        for name in try DirectoryListing.names(of: source) {
            let childPath = path.isEmpty ? name : path + [TreePath.slash] + name
            if leftOut.contains(childPath) { continue }
            guard let status = source.status(of: name) else { throw ArchiveError.last("read", displayName(childPath)) }
            if status.st_mode & S_IFMT != S_IFDIR, status.st_nlink > 1 {
                if let first = firstNames[UInt64(status.st_ino)] {
                    let made = withCString(first) { first in
                        withCString(name) { linkat(root.descriptor, first, destination.descriptor, $0, 0) }
                    }
                    guard made == 0 else { throw ArchiveError.last("link", displayName(childPath)) }
                    continue
                }
                firstNames[UInt64(status.st_ino)] = childPath
            }
            try entry(name, status, from: source, to: destination, path: childPath)
            try attributes(of: status, from: source.procPath(of: name), to: destination.procPath(of: name))
        }
    }

    private mutating func entry(
        _ name: [UInt8],
        _ status: stat,
        from source: OpenFile,
        to destination: OpenFile,
        path: [UInt8]
    ) throws {
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            guard withCString(name, { mkdirat(destination.descriptor, $0, 0o700) }) == 0,
                let from = source.open(name, O_RDONLY | O_DIRECTORY),
                let to = destination.open(name, O_RDONLY | O_DIRECTORY)
            else { throw ArchiveError.last("copy", displayName(path)) }
            try contents(of: from, to: to, path: path)
        case S_IFREG:
            guard let from = source.open(name, O_RDONLY),
                let to = destination.open(name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
            else { throw ArchiveError.last("copy", displayName(path)) }
            try from.copyContent(to: to, size: Int64(status.st_size), path: displayName(path))
        case S_IFLNK:
            guard let target = source.linkTarget(of: name),
                withCString(
                    target,
                    { target in
                        withCString(name) { symlinkat(target, destination.descriptor, $0) }
                    }
                ) == 0
            else { throw ArchiveError.last("copy", displayName(path)) }
        default:
            let made = withCString(name) { mknodat(destination.descriptor, $0, status.st_mode, status.st_rdev) }
            guard made == 0 else { throw ArchiveError.last("copy", displayName(path)) }
        }
    }

    func attributes(of directory: OpenFile, from source: [UInt8], to destination: [UInt8]) throws {
        try attributes(of: try directory.status(), from: source, to: destination)
    }

    /// Owner before mode and attributes: a change of owner clears set-id bits and capabilities.
    private func attributes(of status: stat, from source: [UInt8], to destination: [UInt8]) throws {
        var done = withCString(destination) { lchown($0, status.st_uid, status.st_gid) } == 0
        if done, status.st_mode & S_IFMT != S_IFLNK {
            done = withCString(destination) { chmod($0, status.st_mode & 0o7777) } == 0
        }
        guard done else { throw ArchiveError.last("set the attributes of", displayName(destination)) }
        for attribute in try ExtendedAttributes.read(source) {
            let number = ExtendedAttributes.set(attribute, at: destination)
            guard number == 0 else {
                throw ArchiveError.system(
                    operation: "set an attribute of",
                    path: displayName(destination),
                    errno: Errno(rawValue: number)
                )
            }
        }
        try LayerTreeCopy.setTimes(of: destination, status)
    }
}
