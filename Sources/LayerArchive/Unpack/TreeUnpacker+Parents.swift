internal import Glibc
internal import SystemPackage

extension TreeUnpacker {
    /// Opens the directory for an entry; missing ones are made, links are resolved inside the tree.
    ///
    /// - Returns: The directory and its real path below the root.
    func parentDirectory(_ components: some Collection<[UInt8]>) throws -> (directory: OpenFile, path: [UInt8]) {
        let resolved = try resolve(Array(components), creating: true)
        return (resolved.directory, TreePath.joined(resolved.path))
    }

    /// Walks components from the root as the kernel would inside a chroot.
    ///
    /// With `creating`, missing directories are made and files in the way replaced, as for the parents of an entry:
    /// the last entry wins.
    func resolve(_ components: [[UInt8]], creating: Bool) throws -> (directory: OpenFile, path: [[UInt8]]) {
        var waiting = Array(components.reversed())
        var path: [[UInt8]] = []
        var current = directories.root
        var links = 0
        while let name = waiting.popLast() {
            if name == TreePath.dot { continue }
            if name == TreePath.dotDot {
                if !path.isEmpty { path.removeLast() }
                guard let up = directories.directory(path) else { throw refused(components, "a parent is missing") }
                current = up
                continue
            }
            if let next = directories.child(name, of: current, depth: path.count) {
                current = next
                path.append(name)
                continue
            }
            guard errno == ENOENT || errno == ENOTDIR || errno == ELOOP else {
                throw ArchiveError.last("open", displayName(TreePath.joined(path + [name])))
            }
            if let target = current.linkTarget(of: name) {
                links += 1
                guard links <= 40 else { throw refused(components, "too many symbolic links") }
                if target.first == TreePath.slash {
                    path = []
                    current = directories.root
                }
                // Unlike an entry's own name, a link may climb: never above the root.
                waiting += target.split(separator: TreePath.slash).map(Array.init).reversed()
                guard waiting.count <= 8192 else { throw refused(components, "too many symbolic links") }
                continue
            }
            guard creating else { throw refused(components, "a parent is missing") }
            current = try makeParent(name, in: current, path: path)
            path.append(name)
        }
        return (current, path)
    }

    private func refused(_ components: [[UInt8]], _ reason: String) -> ArchiveError {
        .refusedEntry(name: displayName(TreePath.joined(components)), reason: reason)
    }

    /// Makes a directory that an entry takes for granted.
    private func makeParent(_ name: [UInt8], in parent: OpenFile, path: [[UInt8]]) throws -> OpenFile {
        let full = TreePath.joined(path + [name])
        var wasWhiteout = false
        if let status = parent.status(of: name) {
            wasWhiteout = isWhiteout(status)
            try clear(name, in: parent, path: full, status: status)
        }
        guard withCString(name, { mkdirat(parent.descriptor, $0, 0o755) }) == 0 else {
            throw ArchiveError.last("create", displayName(full))
        }
        // The process's umask must not show in an image.
        guard withCString(name, { fchmodat(parent.descriptor, $0, 0o755, 0) }) == 0,
            let directory = directories.child(name, of: parent, depth: path.count)
        else { throw ArchiveError.last("create", displayName(full)) }
        if wasWhiteout { try makeOpaque(name, in: parent, path: full) }
        return directory
    }

    /// Whether something is an overlay whiteout that an earlier entry of this layer made.
    func isWhiteout(_ status: stat) -> Bool {
        options.whiteouts != nil && status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }

    /// Hides what the lower layers have in a directory.
    func makeOpaque(_ name: [UInt8], in parent: OpenFile, path: [UInt8]) throws {
        guard let form = options.whiteouts else { return }
        let attribute = ExtendedAttribute(name: Array(form.opaqueAttribute.utf8), value: Array("y".utf8))
        let status = ExtendedAttributes.set(attribute, at: parent.procPath(of: name))
        guard status == 0 else {
            throw ArchiveError.system(
                operation: "mark as opaque",
                path: displayName(path),
                errno: Errno(rawValue: status)
            )
        }
    }

    /// Turns a `.wh.` entry into what overlayfs understands.
    ///
    /// A whiteout speaks of lower layers only (OCI image-spec, layer.md#whiteouts): what this layer itself has under
    /// the name stays, and a directory of this layer becomes opaque.
    func placeWhiteout(_ name: [UInt8], parents: some Collection<[UInt8]>, _ form: WhiteoutForm) throws {
        if name == WhiteoutForm.opaqueName {
            guard !parents.isEmpty else {
                // An opaque root: overlayfs reads the attribute on the root of a layer as well.
                return try makeOpaque(TreePath.dot, in: directories.root, path: [])
            }
            let resolved = try resolve(Array(parents), creating: true)
            return try makeOpaque(TreePath.dot, in: resolved.directory, path: TreePath.joined(resolved.path))
        }
        // Other names of AUFS say nothing about files.
        if name.starts(with: WhiteoutForm.reservedPrefix) { return }
        let target = Array(name.dropFirst(WhiteoutForm.prefix.count))
        guard !target.isEmpty, target != TreePath.dot, target != TreePath.dotDot else {
            throw ArchiveError.refusedEntry(name: displayName(name), reason: "it is a whiteout of no name")
        }
        let parent = try parentDirectory(parents)
        let path = parent.path.isEmpty ? target : parent.path + [TreePath.slash] + target
        if let status = parent.directory.status(of: target) {
            if status.st_mode & S_IFMT == S_IFDIR { try makeOpaque(target, in: parent.directory, path: path) }
            return
        }
        guard withCString(target, { mknodat(parent.directory.descriptor, $0, S_IFCHR | 0o000, 0) }) == 0 else {
            throw ArchiveError.last("create the whiteout", displayName(path))
        }
    }
}
