internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// Whiteouts for everything in a context that `.dockerignore` excludes.
struct ContextVeil {
    private let tree: SourceTree
    /// Whether what lies below is shown as root's.
    private let isRoots: Bool

    init(_ tree: SourceTree, isRoots: Bool) {
        self.tree = tree
        self.isRoots = isRoots
    }

    /// Writes them below a directory that is to lie over the context.
    func write(to directory: String) throws {
        let veil = try BeneathPath(opening: directory)
        if let status = try tree.status("", followFinalLink: true) { try dress(".", like: status, veil) }
        // Directories with something to hide in them are made when the first such thing is met.
        var made: Set<[UInt8]> = []
        // Excluded directories in which something may be brought back, and directories in which something shows.
        var doubtful: [String] = []
        var shown: Set<[UInt8]> = []
        try DirectoryWalker.walk(try tree.root.openDirectory(".")) { (entry) throws -> DirectoryWalker.Step in
            guard tree.ignore.isExcluded(entry.path) else {
                if !doubtful.isEmpty { shown.formUnion(Self.parents(of: entry.path).map(FileName.bytes)) }
                return .descend
            }
            if entry.status.kind == .directory, tree.ignore.mayContainReincluded(directory: entry.path) {
                doubtful.append(entry.path)
                return .descend
            }
            for parent in Self.parents(of: entry.path) where made.insert(FileName.bytes(parent)).inserted {
                guard let status = try tree.status(parent, followFinalLink: false) else { continue }
                try veil.makeDirectory(parent, mode: 0o755)
                try dress(parent, like: status, veil)
            }
            try veil.makeNode(entry.path, mode: 0o020000, major: 0, minor: 0)
            return .skip
        }
        // The innermost first; the outer ones then hide more.
        for path in doubtful.reversed() where !shown.contains(FileName.bytes(path)) {
            try FileIO.removeTree(path: directory + "/" + path)
            for parent in Self.parents(of: path) where made.insert(FileName.bytes(parent)).inserted {
                guard let status = try tree.status(parent, followFinalLink: false) else { continue }
                try veil.makeDirectory(parent, mode: 0o755)
                try dress(parent, like: status, veil)
            }
            try veil.makeNode(path, mode: 0o020000, major: 0, minor: 0)
        }
    }

    /// The directories on the way to a path, outermost first.
    private static func parents(of path: String) -> [String] {
        let parts = FileName.components(path)
        return parts.indices.dropFirst().map { parts[..<$0].joined(separator: "/") }
    }

    /// A directory of the union looks like the uppermost of those that make it.
    private func dress(_ path: String, like status: FileStatus, _ veil: borrowing BeneathPath) throws {
        let file = try veil.openDirectory(path)
        let descriptor = file.raw
        let (user, group) = isRoots ? (0, 0) : (status.user, status.group)
        try check("set the owner of", path) { fchown(descriptor, user, group) }
        try check("set the mode of", path) { fchmod(descriptor, mode_t(status.permissions)) }
        try FileIO.setTimes(file, accessed: status.modified, modified: status.modified)
    }
}
