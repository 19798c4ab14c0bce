internal import Glibc
internal import SystemPackage

/// Opens directories of a tree one component at a time, never through a link, and keeps the last chain open.
///
/// Neighbours in a tar stream are neighbours in the tree: most entries find their directory already open.
final class DirectoryStack {
    /// The tree itself.
    let root: OpenFile
    private var chain: [(name: [UInt8], directory: OpenFile)] = []
    /// Deeper directories are opened anew each time, so that a deep tree does not use up the descriptors.
    private let depthLimit = 64

    init(root: OpenFile) {
        self.root = root
    }

    /// Opens the directory with the given components below the root.
    ///
    /// - Returns: nil with `errno` set when a component is missing or is no directory.
    func directory(_ components: some Sequence<[UInt8]>) -> OpenFile? {
        var current = root
        var depth = 0
        for name in components {
            guard let next = child(name, of: current, depth: depth) else { return nil }
            current = next
            depth += 1
        }
        return current
    }

    /// Opens a directory inside another one that lies `depth` components below the root.
    ///
    /// Must be called from the root downwards, as `directory` does, so that the kept chain stays one path.
    func child(_ name: [UInt8], of parent: OpenFile, depth: Int) -> OpenFile? {
        if depth < chain.count {
            if chain[depth].name == name { return chain[depth].directory }
            chain.removeSubrange(depth...)
        }
        guard let next = parent.open(name, O_RDONLY | O_DIRECTORY) else { return nil }
        if depth == chain.count, depth < depthLimit { chain.append((name, next)) }
        return next
    }

    /// Forgets open directories, because one of them has been moved or removed.
    func forget() {
        chain = []
    }
}
