internal import DockerfileSyntax
internal import Glibc
internal import LinuxKernel
internal import Storage

/// Everything below one directory of a copy's source, found by several threads where there is much of it.
///
/// A rebuild with nothing changed is one question to the kernel about each file. The directories wait in a queue, from
/// which any thread takes the next; what was found stands in the order of the names, whoever came first.
final class DirectorySelection: Sendable {
    private struct State {
        var waiting: [FoundDirectory] = []
        var busy = 0
        var seen = 0
        var failure: (any Error)?
    }

    /// What the next thread has to do.
    private enum Turn {
        case fill(FoundDirectory)
        case nothing
    }

    /// With fewer files a second thread costs more than it saves.
    private static let crowd = 256

    private let tree: SourceTree
    private let start: BeneathPath
    /// The start's path in the tree.
    private let path: String
    /// Where its files go.
    private let place: String
    private let excludes: IgnoreRules
    private let known: @Sendable (FileStatus) -> KnownFile?
    private let state = WaitableState(State())

    init(
        of path: String,
        in tree: SourceTree,
        at place: String,
        excludes: IgnoreRules,
        known: @escaping @Sendable (FileStatus) -> KnownFile?
    ) throws {
        self.tree = tree
        self.path = path
        self.place = place
        self.excludes = excludes
        self.known = known
        start = BeneathPath(root: try tree.root.openDirectory(path.isEmpty ? "." : path))
    }

    /// The start with everything below it.
    func find() throws -> FoundDirectory {
        let root = FoundDirectory("")
        state.withLock { $0.waiting = [root] }
        var helpers: [WorkThread] = []
        while case .fill(let directory) = turn() {
            fill(directory)
            guard helpers.isEmpty, isCrowded else { continue }
            for _ in 1..<max(2, ParallelWork.width) where ParallelWork.width > 1 {
                // With fewer threads than wished it takes longer, nothing else.
                guard let helper = try? WorkThread({ self.help() }) else { break }
                helpers.append(helper)
            }
        }
        for helper in helpers { helper.join() }
        if let failure = state.withLock({ $0.failure }) { throw failure }
        return root
    }

    private var isCrowded: Bool { state.withLock { $0.seen >= Self.crowd && $0.waiting.count > 1 } }

    private func help() {
        while case .fill(let directory) = turn() { fill(directory) }
    }

    private func turn() -> Turn {
        state.wait { state in
            if state.failure != nil { return .nothing }
            if let next = state.waiting.popLast() {
                state.busy += 1
                return .fill(next)
            }
            return state.busy == 0 ? .nothing : nil
        }
    }

    private func fill(_ directory: FoundDirectory) {
        let result = Result { try look(into: directory) }
        state.withLock { state in
            state.busy -= 1
            state.seen += directory.files.count
            state.waiting += directory.children.reversed().map(\.directory)
            if case .failure(let error) = result, state.failure == nil { state.failure = error }
        }
    }

    // MARK: One directory

    private func look(into directory: FoundDirectory) throws {
        // A directory that became a link meanwhile is not followed.
        let opened = try start.open(directory.path, O_RDONLY | O_DIRECTORY, followLinks: false)
        try DirectoryWalker.visit(opened, at: directory.path, expect: directory.reserve) { entry throws in
            try self.add(entry, to: directory)
        }
        directory.finish(in: tree)
    }

    private func add(_ entry: borrowing DirectoryWalker.Entry, to directory: FoundDirectory) throws {
        let path = DirectoryWalker.joined(path, entry.path)
        let kind = entry.status.kind
        let isExcluded = tree.ignore.isExcluded(path) || excludes.isExcluded(entry.path)
        // Before anything of it is looked at.
        if isExcluded, kind != .directory || !mayReturn(below: path, entry.path) { return }
        switch kind {
        case .socket: return
        // A context is not a place for devices and pipes; a stage may well have them.
        case .fifo, .characterDevice, .blockDevice, .unknown: if !tree.keepsOwners { return }
        case .regular, .directory, .symbolicLink: break
        }
        let relative = DirectoryWalker.joined(place, entry.path)
        var file = SelectedFile(relativePath: relative, status: entry.status, content: .tree(path))
        if kind == .symbolicLink { file.linkTarget = try entry.linkTarget() }
        let known = kind == .regular ? known(entry.status) : nil
        file.known = known?.content
        if known?.isPlain != true { file.attributes = try FileSelector.kept(entry.attributes()) }
        let found = kind == .directory ? FoundDirectory(entry.path, isExcluded: isExcluded) : nil
        directory.append(file, directory: found)
    }

    private func mayReturn(below path: String, _ relative: String) -> Bool {
        tree.ignore.mayContainReincluded(directory: path) || excludes.mayContainReincluded(directory: relative)
    }
}
