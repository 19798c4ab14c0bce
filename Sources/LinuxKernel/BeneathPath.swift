internal import CLinux
internal import Diagnostics
internal import Glibc
internal import SystemPackage

/// A directory tree whose paths may be hostile: every access stays beneath its root, whatever links are in the way.
///
/// Built on `openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)` (Linux 5.6): absolute links and `..` mean what they would
/// mean after a `chroot`, links of `/proc` are refused, and nothing is decided by looking at a path's text. A change goes
/// to the parent's descriptor by the `*at` calls, so that a component swapped for a link in between cannot divert it
/// (CVE-2021-30465, CVE-2024-45310).
public struct BeneathPath: ~Copyable, Sendable {
    /// The root directory.
    public let root: OwnedFD

    /// Takes a directory, which may be opened with `O_PATH`, as the root.
    public init(root: consuming OwnedFD) { self.root = root }

    /// Opens a directory of the host's as the root.
    public init(opening path: String) throws(SyscallError) {
        root = try OwnedFD.open(path, O_PATH | O_DIRECTORY)
    }

    /// Opens what `path` leads to; without `followLinks`, any link on the way is `ELOOP`.
    ///
    /// The flags are those of `open(2)`: add `O_NOFOLLOW` to refuse a link at the end, `O_NONBLOCK` where a fifo could
    /// lurk. The mode counts with `O_CREAT` and `O_TMPFILE` only; the kernel refuses it otherwise.
    public borrowing func open(
        _ path: String,
        _ flags: Int32,
        mode: UInt32 = 0,
        followLinks: Bool = true
    ) throws(SyscallError) -> OwnedFD {
        var resolve = UInt64(LLB_RESOLVE_IN_ROOT | LLB_RESOLVE_NO_MAGICLINKS)
        if !followLinks { resolve |= UInt64(LLB_RESOLVE_NO_SYMLINKS) }
        let text = path.isEmpty ? "." : path
        let descriptor = root.raw
        return OwnedFD(
            adopting: try check("open", path) {
                FileName.withCString(text) {
                    llb_openat2(descriptor, $0, UInt64(UInt32(bitPattern: flags)), UInt64(mode), resolve)
                }
            }
        )
    }

    /// Opens a directory for the `*at` calls and for reading its entries.
    public borrowing func openDirectory(_ path: String) throws(SyscallError) -> OwnedFD {
        try open(path, O_RDONLY | O_DIRECTORY)
    }

    /// Opens the directory that holds `path` and names the last component, which is neither looked up nor followed.
    ///
    /// - Throws: `EINVAL` where the path has no last component that could be made or removed: `/`, `.`, `a/..`.
    public borrowing func openParent(_ path: String) throws(SyscallError) -> ParentDirectory {
        let (parent, name) = Self.split(path)
        guard let name, name != ".", name != ".." else { throw SyscallError("use", path, errno: .invalidArgument) }
        return ParentDirectory(directory: try open(parent, O_PATH | O_DIRECTORY), name: name)
    }

    /// Looks at what `path` leads to.
    public borrowing func stat(_ path: String, followFinalLink: Bool = true) throws(SyscallError) -> FileStatus {
        try FileStatus.of(try open(path, followFinalLink ? O_PATH : O_PATH | O_NOFOLLOW))
    }

    /// Reads a small regular file; a fifo, a device or a directory is refused without waiting.
    ///
    /// A file of more than `limit` bytes is refused with `EFBIG` rather than cut.
    public borrowing func readSmallFile(_ path: String, limit: Int) throws(SyscallError) -> [UInt8] {
        let file = try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try FileStatus.of(file).kind == .regular else {
            throw SyscallError("read", path, errno: .invalidArgument)
        }
        return try FileIO.readAll(file, limit: limit, name: path)
    }

    /// Reads the target of the symbolic link at `path`.
    public borrowing func readLink(_ path: String) throws(SyscallError) -> String {
        let place = try openParent(path)
        return try FileIO.readLink(place.name, in: place.directory)
    }

    /// Makes the directory `path` with all missing parents, following the links that are already there.
    ///
    /// - Returns: the paths that were made, outermost first.
    /// - Throws: `ENOTDIR` where something that is no directory is in the way.
    @discardableResult
    public borrowing func makeDirectories(
        _ path: String,
        mode: UInt32 = 0o755,
        user: UInt32? = nil,
        group: UInt32? = nil
    ) throws(SyscallError) -> [String] {
        do {
            _ = try open(path, O_PATH | O_DIRECTORY)
            return []
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        var created: [String] = []
        var prefix = ""
        for component in FileName.components(path).map(String.init) where component != "." {
            let parentPath = prefix
            prefix += "/\(component)"
            if component == ".." { continue }
            let parent = try open(parentPath, O_PATH | O_DIRECTORY)
            if FileName.withCString(component, { mkdirat(parent.raw, $0, mode_t(mode & 0o7777)) }) < 0 {
                guard Glibc.errno == EEXIST else { throw SyscallError("make directory", prefix) }
                continue
            }
            created.append(prefix)
            // The umask has cut the mode, and a set-group-id parent may have given the group: say both again.
            try FileIO.setMode(component, in: parent, mode)
            if user != nil || group != nil {
                try FileIO.setOwner(component, in: parent, user: user, group: group)
            }
        }
        // Only now is it known that a link in the way leads to a directory, or dangles.
        _ = try open(path, O_PATH | O_DIRECTORY)
        return created
    }

    /// The parent and the last component of a path, by text alone.
    static func split(_ path: String) -> (parent: String, name: String?) {
        var bytes = path.utf8[...]
        while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard !bytes.isEmpty else { return (".", nil) }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", String(Substring(bytes))) }
        let name = String(Substring(bytes[bytes.index(after: slash)...]))
        let parent = String(Substring(bytes[...slash]))
        return (parent, name)
    }
}

/// An open directory and a name in it, which need not exist.
@frozen
public struct ParentDirectory: ~Copyable, Sendable {
    /// The directory, opened with `O_PATH`.
    public var directory: OwnedFD
    /// One path component, neither `.` nor `..`, as ``FileName`` writes it.
    public var name: String

    /// Gives the directory and the name to one of the `*at` calls.
    public borrowing func withName<Result>(_ body: (Int32, UnsafePointer<CChar>) -> Result) -> Result {
        let descriptor = directory.raw
        return FileName.withCString(name) { body(descriptor, $0) }
    }
}
