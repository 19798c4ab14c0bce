internal import BuildPlanning
internal import ContainerRuntime
internal import Diagnostics
internal import DockerfileSyntax
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// Finds out what a bind mount of a step shows, without copying anything large.
///
///     context, nothing excluded, read-only     the directory itself
///     context with `.dockerignore`             a union: whiteouts for what is excluded over the directory
///     stage or image                           the union of its layers
///     any of them with `rw`                    the same below an empty directory that takes the writes
///
/// Everything in a context is root's, as in BuildKit, which copies it first: where it is another user's, it is shown through
/// a mount that maps that user to root; where it is several users', or the file system cannot map, it is copied when it is
/// small, and shown as it is when it is not.
///
/// The source path is resolved by the process that mounts it, inside the tree.
struct BindView {
    private let execution: StepExecution
    private let scratch: StepScratch
    private let passed: PassedMounts

    init(_ execution: StepExecution, scratch: StepScratch, passed: PassedMounts) {
        self.execution = execution
        self.scratch = scratch
        self.passed = passed
    }

    /// What a mount shows; the source is known to be there.
    func view(of bind: RunMount.Bind, from origin: FileOrigin) throws -> PlanInputs.MountView {
        let source = bind.source.isEmpty ? "/" : bind.source
        let tree = try tree(origin)
        let operation = CopyOperation(origin: origin, path: source)
        let path = ImagePath.components(source).joined(separator: "/")
        guard let status = try tree.status(path, followFinalLink: true), try !tree.isHidden(path, status) else {
            throw try tree.notFound(path, written: source)
        }
        guard origin.isDirectory else {
            let layers = LayerStack.directories(of: try execution.trees(origin))
            let lower = layers.isEmpty ? [try scratch.directory("none")] : layers
            return .overlay(try overlay(lower, isReadOnly: bind.isReadOnly), beneath: source)
        }
        let directory = try FileIO.readLink(path: "/proc/self/fd/\(tree.root.root.raw)")
        let isUnion = !bind.isReadOnly || tree.ignore != .none
        // A union does not show what is mounted in its directories, so such a context is copied.
        if isUnion, try Self.holdsMounts(directory) { return try copied(operation, tree) }
        if let view = try shownAsRoots(operation, bind, tree, isUnion: isUnion) { return view }
        guard isUnion else { return .directory(directory, beneath: source) }
        let lower = try veil(over: tree, isRoots: false) + [directory]
        return .overlay(try overlay(lower, isReadOnly: bind.isReadOnly), beneath: source)
    }

    /// What hides the excluded files of a context; nothing when none are.
    private func veil(over tree: SourceTree, isRoots: Bool) throws -> [String] {
        guard tree.ignore != .none else { return [] }
        let veil = try scratch.directory("veil")
        try ContextVeil(tree, isRoots: isRoots).write(to: veil)
        return [veil]
    }

    // MARK: Owners

    /// What shows a context as root's; nil where it is root's, or has to be shown as it is.
    private func shownAsRoots(
        _ operation: CopyOperation,
        _ bind: RunMount.Bind,
        _ tree: SourceTree,
        isUnion: Bool
    ) throws -> PlanInputs.MountView? {
        guard !tree.keepsOwners else { return nil }
        let crowd = try ContextCrowd(operation, tree)
        guard let foreign = crowd.foreigner else { return nil }
        var reason = "they have several"
        if crowd.isOne {
            do throws(SyscallError) {
                return try mapped(foreign, bind, tree, isUnion: isUnion)
            } catch {
                // A file system that has no maps of ids, one that is mapped already, or no right to do it.
                guard [.invalidArgument, .notPermitted, .notSupported, .noFunction].contains(error.errno) else {
                    throw error
                }
                reason = "their file system cannot show others"
            }
        }
        if crowd.isSmall { return try copied(operation, tree) }
        execution.emit(
            .note(
                vertex: execution.vertex,
                "the files in `\(bind.target)` keep their owners, such as \(foreign.user):\(foreign.group): \(reason), and "
                    + "they are too many for a copy that would be root's (\(crowd.count), \(ByteText.decimal(crowd.bytes)))"
            )
        )
        return nil
    }

    /// The context, or a union above it, through a mount in which one user's files are root's.
    private func mapped(
        _ owner: ContextCrowd.Owner,
        _ bind: RunMount.Bind,
        _ tree: SourceTree,
        isUnion: Bool
    ) throws(SyscallError) -> PlanInputs.MountView {
        let path = ImagePath.components(bind.source).joined(separator: "/")
        let place = path.isEmpty ? "." : path
        let source = isUnion ? try tree.root.open(".", O_PATH) : try tree.root.open(place, O_PATH)
        let mapped = try MappedMount.make(
            path: "/proc/self/fd/\(source.raw)",
            users: [IDMapping(inside: owner.user, outside: 0, count: 1)],
            groups: [IDMapping(inside: owner.group, outside: 0, count: 1)],
            clonesBelow: !isUnion,
            mapsBelow: !isUnion
        )
        guard isUnion else { return passed.add(mapped) }
        return passed.add(try union(above: mapped, bind, tree, beneath: place))
    }

    private func union(
        above mapped: borrowing OwnedFD,
        _ bind: RunMount.Bind,
        _ tree: SourceTree,
        beneath path: String
    ) throws(SyscallError) -> OwnedFD {
        let parts: (lower: [String], place: String, upper: String?, work: String?)
        do {
            let upper = bind.isReadOnly ? nil : try scratch.directory("upper")
            if let upper, let status = try tree.status("", followFinalLink: true) {
                try check("set the mode of", upper) { chmod(upper, mode_t(status.permissions)) }
            }
            let work = bind.isReadOnly ? nil : try scratch.directory("work")
            parts = (try veil(over: tree, isRoots: true), try scratch.directory("place"), upper, work)
        } catch let error as SyscallError {
            throw error
        } catch {
            throw SyscallError("hide what is excluded of a context: \(error)", errno: .ioError)
        }
        return try DetachedMount.overlay(
            lower: parts.lower,
            above: mapped,
            at: parts.place,
            upper: parts.upper,
            work: parts.work,
            options: .init(volatile: true),
            beneath: path
        )
    }

    // MARK: Copies

    /// A copy of what a mount shows, with the modes that it has and root as its owner.
    private func copied(_ operation: CopyOperation, _ tree: SourceTree) throws -> PlanInputs.MountView {
        let path = try copy(operation, tree)
        guard try FileStatus.of(path: path, followFinalLink: false).kind == .directory else {
            let parts = path.split(separator: "/")
            let directory = "/" + parts.dropLast().joined(separator: "/")
            return .directory(directory, beneath: "/" + (parts.last.map(String.init) ?? ""))
        }
        if case .path(let source)? = operation.sources.first {
            let inside = ImagePath.components(source).joined(separator: "/")
            let mode = try tree.status(inside, followFinalLink: true)?.permissions ?? 0o755
            try check("set the mode of", path) { chmod(path, mode_t(mode)) }
        }
        return .directory(path, beneath: "/")
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
