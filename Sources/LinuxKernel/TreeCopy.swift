internal import CLinux
internal import Glibc
internal import SystemPackage

/// Copies a directory tree with owners, modes, times, links, nodes and extended attributes.
///
/// Names are bytes: those that are no UTF-8 are copied as they are. Names of one file stay names of one file, and holes
/// stay holes.
public enum TreeCopy {
    /// Copies what is in `source`, and its own owner and mode, into the empty directory at `destination`.
    public static func copy(_ source: borrowing OwnedFD, into destination: String) throws {
        try copy(source, into: try BeneathPath(opening: destination))
    }

    /// Copies what is in `source`, and its own owner and mode, into an open, empty directory.
    public static func copy(_ source: borrowing OwnedFD, into target: borrowing BeneathPath) throws {
        let directory = try target.openDirectory(".")
        var copy = DirectoryCopy(root: directory.raw)
        // Not the source itself, which may have been opened as a path only.
        let from = try DirectoryCopy.directory(source.raw, DirectoryCopy.here, DirectoryCopy.here)
        try copy.contents(of: from.raw, to: directory.raw, path: [])
        let own = try FileStatus.of(source)
        try check("set the owner of a copy") { fchown(directory.raw, own.user, own.group) }
        try check("set the mode of a copy") { fchmod(directory.raw, mode_t(own.permissions)) }
    }
}

/// The state of one copy: where files with several names have got their first one.
///
/// Everything is relative to an open directory and one name long, so no link is ever followed.
private struct DirectoryCopy {
    private struct Inode: Hashable {
        let device: UInt
        let number: UInt
    }

    /// A name, or a path from the root, with the zero that ends it.
    typealias Name = [CChar]

    static let here: Name = [CChar(bitPattern: UInt8(ascii: ".")), 0]
    private static let slash = CChar(bitPattern: UInt8(ascii: "/"))

    let root: Int32
    private var firstNames: [Inode: Name] = [:]

    init(root: Int32) {
        self.root = root
    }

    /// Copies what is in a directory whose path, with a slash behind it unless it is the root, is `path`.
    mutating func contents(of source: Int32, to target: Int32, path: [CChar]) throws(SyscallError) {
        for name in try DirectoryNames.all(in: source) {
            var status = stat()
            guard fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
                if errno == ENOENT { continue }
                throw SyscallError("look at", DirectoryNames.text(path + name))
            }
            let place = path + name
            let kind = status.st_mode & S_IFMT
            if kind != S_IFDIR, status.st_nlink > 1 {
                let inode = Inode(device: UInt(status.st_dev), number: UInt(status.st_ino))
                if let first = firstNames[inode] {
                    try linkFirst(first, to: target, name, place)
                    continue
                }
                firstNames[inode] = place
            }
            switch kind {
            case S_IFDIR:
                try check("make directory", DirectoryNames.text(place)) { mkdirat(target, name, 0o700) }
                let from = try Self.directory(source, name, place)
                let to = try Self.directory(target, name, place)
                try contents(of: from.raw, to: to.raw, path: Array(place.dropLast()) + [Self.slash])
            case S_IFREG: try file(name, from: source, to: target, size: Int64(status.st_size), place)
            case S_IFLNK: try link(name, from: source, to: target, place)
            default:
                try check("make", DirectoryNames.text(place)) {
                    mknodat(target, name, status.st_mode, status.st_rdev)
                }
            }
            // Of directories too only now: filling them changed their times, and some may not be writable.
            try attributes(name, from: source, to: target, status, place)
        }
    }

    /// Gives a file that was copied already another name; no link on the way to its first one is followed.
    private func linkFirst(_ first: Name, to target: Int32, _ name: Name, _ place: Name) throws(SyscallError) {
        let slash = first.lastIndex(of: Self.slash)
        let parent = slash.map { Array(first[..<$0]) + [0] } ?? Self.here
        let last = slash.map { Array(first[($0 + 1)...]) } ?? first
        let flags = UInt64(UInt32(bitPattern: O_PATH | O_DIRECTORY | O_CLOEXEC))
        let directory = OwnedFD(
            adopting: try check("link", DirectoryNames.text(place)) {
                llb_openat2(root, parent, flags, 0, UInt64(LLB_RESOLVE_IN_ROOT | LLB_RESOLVE_NO_SYMLINKS))
            }
        )
        try check("link", DirectoryNames.text(place)) { linkat(directory.raw, last, target, name, 0) }
    }

    private func file(
        _ name: Name,
        from source: Int32,
        to target: Int32,
        size: Int64,
        _ place: Name
    ) throws(SyscallError) {
        let input = OwnedFD(
            adopting: try check("open", DirectoryNames.text(place)) {
                openat(source, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            }
        )
        let output = OwnedFD(
            adopting: try check("make", DirectoryNames.text(place)) {
                openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            }
        )
        try FileCopy.content(from: input, to: output, size: size, name: DirectoryNames.text(place))
    }

    private func link(_ name: Name, from source: Int32, to target: Int32, _ place: Name) throws(SyscallError) {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        try check("read link", DirectoryNames.text(place)) { readlinkat(source, name, &text, text.count - 1) }
        try check("make link", DirectoryNames.text(place)) { symlinkat(text, target, name) }
    }

    /// The owner before the mode, because its change clears set-id bits; the times last.
    private func attributes(
        _ name: Name,
        from source: Int32,
        to target: Int32,
        _ status: stat,
        _ place: Name
    ) throws(SyscallError) {
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        try check("set the owner of", DirectoryNames.text(place)) {
            fchownat(target, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
        }
        if !isLink {
            try check("set the mode of", DirectoryNames.text(place)) {
                fchmodat(target, name, status.st_mode & 0o7777, 0)
            }
        }
        if llb_has_attributes(source, name) != 0 {
            let kept = try ExtendedAttributes.all(of: try Self.path(source, name, place))
                .filter { !$0.name.hasPrefix("trusted.overlay.") && !$0.name.hasPrefix("user.overlay.") }
            // Overlay's own marks mean something else outside of a layer.
            let to = try Self.path(target, name, place)
            for attribute in kept { try ExtendedAttributes.set(attribute.name, attribute.value, of: to) }
        }
        let times = [status.st_mtim, status.st_mtim]
        try check("set the times of", DirectoryNames.text(place)) {
            utimensat(target, name, times, AT_SYMLINK_NOFOLLOW)
        }
    }

    static func directory(_ parent: Int32, _ name: Name, _ place: Name) throws(SyscallError) -> OwnedFD {
        OwnedFD(
            adopting: try check("open", DirectoryNames.text(place)) {
                openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
        )
    }

    private static func path(_ parent: Int32, _ name: Name, _ place: Name) throws(SyscallError) -> OwnedFD {
        OwnedFD(
            adopting: try check("open", DirectoryNames.text(place)) {
                openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)
            }
        )
    }
}
