internal import GPUPlanning
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The files of a machine, below a root that tests put elsewhere.
///
/// Links mean what they mean on that machine: an absolute one begins at the root.
struct HostTree: ~Copyable {
    /// The root's path; `/` but in tests.
    let rootPath: String
    private let root: BeneathPath

    init(_ rootPath: String) throws(SyscallError) {
        let path = rootPath.isEmpty ? "/" : rootPath
        self.rootPath = path == "/" ? path : path.hasSuffix("/") ? String(path.dropLast()) : path
        root = try BeneathPath(opening: path)
    }

    /// The text of a small file; nil where it is missing or cannot be read.
    borrowing func text(_ path: String) -> String? {
        bytes(path, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text without white space at its ends.
    borrowing func word(_ path: String) -> String? {
        text(path).map { text in
            String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }
    }

    borrowing func bytes(_ path: String, limit: Int) -> [UInt8]? {
        // Missing files and closed ones are the same to a probe: what cannot be seen is not there.
        try? root.readSmallFile(path, limit: limit)
    }

    /// The names in a directory, sorted; none where there is no such directory.
    borrowing func names(_ path: String) -> [String] {
        guard let directory = try? root.openDirectory(path) else { return [] }  // a missing directory is an empty one
        return (try? DirectoryWalker.names(in: directory)) ?? []  // so is one that vanishes
    }

    borrowing func exists(_ path: String) -> Bool { status(path) != nil }

    borrowing func status(_ path: String) -> FileStatus? {
        try? root.stat(path)  // nil says that it is missing
    }

    borrowing func open(_ path: String) throws(SyscallError) -> OwnedFD { try root.open(path, O_RDONLY | O_NONBLOCK) }

    /// Where a path leads, with all links resolved, seen from the root.
    borrowing func resolved(_ path: String) -> String? {
        guard let file = try? root.open(path, O_PATH),  // nil says that it is missing
            let link = try? FileIO.readLink(path: "/proc/self/fd/\(file.raw)")  // an open file has a name
        else { return nil }
        guard rootPath != "/" else { return link }
        guard link.hasPrefix(rootPath + "/") else { return nil }
        return String(link.dropFirst(rootPath.utf8.count))
    }

    /// The target of a symbolic link.
    borrowing func link(_ path: String) -> String? {
        try? root.readLink(path)  // nil says that it is none
    }

    /// The device node at a path; nil where there is none.
    ///
    /// In a root of a test a plain file may stand for a node, with a text such as `c 195:0` in it.
    borrowing func node(_ path: String) -> HostNode? {
        guard let status = status(path) else { return nil }
        switch status.kind {
        case .characterDevice, .blockDevice:
            let (major, minor) = status.majorMinor
            return HostNode(
                path: path,
                type: status.kind == .blockDevice ? "b" : "c",
                major: major,
                minor: minor,
                mode: status.permissions,
                user: status.user,
                group: status.group
            )
        case .regular where rootPath != "/":
            guard let words = word(path)?.split(separator: " "), words.count == 2 else { return nil }
            let numbers = words[1].split(separator: ":").compactMap { UInt32($0) }
            guard numbers.count == 2 else { return nil }
            return HostNode(
                path: path,
                type: String(words[0]),
                major: numbers[0],
                minor: numbers[1],
                mode: status.permissions,
                user: status.user,
                group: status.group
            )
        default: return nil
        }
    }
}
