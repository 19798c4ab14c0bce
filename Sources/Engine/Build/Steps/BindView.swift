internal import BuildPlanning
internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// Finds out what a bind mount of a step shows, without copying it.
///
///     context, nothing excluded, read-only     the directory itself
///     context with `.dockerignore`             a union: whiteouts for what is excluded over the directory
///     stage or image                           the union of its layers
///     any of them with `rw`                    the same below an empty directory that takes the writes
///
/// The source path is resolved by the process that mounts it, inside the tree.
struct BindView {
    private let execution: StepExecution
    private let scratch: StepScratch

    init(_ execution: StepExecution, scratch: StepScratch) {
        self.execution = execution
        self.scratch = scratch
    }

    /// What a mount shows; the source is known to be there.
    func view(of bind: RunMount.Bind, from origin: FileOrigin) throws -> PlanInputs.MountView {
        let source = bind.source.isEmpty ? "/" : bind.source
        let tree = try tree(origin)
        let operation = CopyOperation(origin: origin, path: source)
        let path = ImagePath.components(source).joined(separator: "/")
        guard let status = try tree.status(path, followFinalLink: true), !isHidden(path, status, tree) else {
            throw CopyError.notFound(path: source, excluded: try tree.status(path, followFinalLink: false) != nil)
        }
        guard origin.isDirectory else {
            let layers = LayerStack.directories(of: try execution.trees(origin))
            let lower = layers.isEmpty ? [try scratch.directory("none")] : layers
            return .overlay(try overlay(lower, isReadOnly: bind.isReadOnly), beneath: source)
        }
        let directory = try FileIO.readLink(path: "/proc/self/fd/\(tree.root.root.raw)")
        if bind.isReadOnly, tree.ignore == .none { return .directory(directory, beneath: source) }
        // A union does not show what is mounted in its directories, so such a context is copied.
        guard try !Self.holdsMounts(directory) else {
            return .directory(try copy(operation, tree), beneath: "/")
        }
        var lower = [directory]
        if tree.ignore != .none {
            let veil = try scratch.directory("veil")
            try ContextVeil(tree).write(to: veil)
            lower.insert(veil, at: 0)
        }
        return .overlay(try overlay(lower, isReadOnly: bind.isReadOnly), beneath: source)
    }

    /// A copy of a path, for a cache that begins with it.
    func copy(_ source: String, from origin: FileOrigin) throws -> String {
        try copy(CopyOperation(origin: origin, path: source), try tree(origin))
    }

    private func copy(_ operation: CopyOperation, _ tree: SourceTree) throws -> String {
        let selection = try FileSelector(tree: tree, operation: operation).select()
        let directory = try scratch.directory("bind")
        let lookup = try OwnerLookup(try BeneathPath(opening: directory))
        let placement = try CopyPlacement(
            selection,
            operation,
            keepsOwners: tree.keepsOwners,
            lookup: lookup,
            isDirectory: { $0 == "/" },
            isArchive: { _ in false }
        )
        let writer = TreeWriter(
            root: try BeneathPath(opening: directory),
            parentOwner: .init(user: 0, group: 0),
            epoch: nil
        )
        for placed in placement.files { try writer.write(placed, from: tree, isNewDirectory: false) }
        try writer.finish()
        guard case .file(let name)? = selection.first?.placement else { return directory }
        return directory + "/" + name
    }

    private func isHidden(_ path: String, _ status: FileStatus, _ tree: SourceTree) -> Bool {
        guard tree.ignore.isExcluded(path) else { return false }
        return status.kind != .directory || !tree.ignore.mayContainReincluded(directory: path)
    }

    private func tree(_ origin: FileOrigin) throws -> SourceTree {
        if origin == .context { return try execution.context() }
        if case .named(let name) = origin { return try execution.named(name) }
        let layers = try execution.trees(origin)
        let lower = layers.isEmpty ? [try scratch.directory("none")] : LayerStack.directories(of: layers)
        return SourceTree(root: BeneathPath(root: try DetachedMount.readOnlyOverlay(lower: lower)), keepsOwners: true)
    }

    private func overlay(_ lower: [String], isReadOnly: Bool) throws -> OverlayRoot {
        guard !isReadOnly, let top = lower.first else { return OverlayRoot(lower: lower, upper: nil, work: nil) }
        let upper = try scratch.directory("upper")
        // The root of a union looks like its upper directory.
        let status = try FileStatus.of(path: top)
        try check("set the owner of", upper) { chown(upper, status.user, status.group) }
        try check("set the mode of", upper) { chmod(upper, mode_t(status.permissions)) }
        return OverlayRoot(lower: lower, upper: upper, work: try scratch.directory("work"), volatile: true)
    }

    private static func holdsMounts(_ directory: String) throws -> Bool {
        let prefix = directory == "/" ? "/" : directory + "/"
        return try FileIO.readText(path: "/proc/self/mounts").split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            // Blanks in names are written as `\040`; whoever has them in a context with mounts gets a copy less.
            return fields.count > 1 && fields[1].hasPrefix(prefix)
        }
    }
}

/// Whiteouts for everything in a context that `.dockerignore` excludes.
struct ContextVeil {
    private let tree: SourceTree

    init(_ tree: SourceTree) { self.tree = tree }

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
        try check("set the owner of", path) { fchown(descriptor, status.user, status.group) }
        try check("set the mode of", path) { fchmod(descriptor, mode_t(status.permissions)) }
        try FileIO.setTimes(file, accessed: status.modified, modified: status.modified)
    }
}
