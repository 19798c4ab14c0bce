internal import Glibc
internal import OCIModel
public import SystemPackage

/// Compares the tree that containers see of a layer with what the layer's stream would unpack to.
///
/// A replay reads only what the index speaks of, names and contents: it does not see another mode, a file more, or bytes
/// behind the end of one. Here the stream's entries are unpacked once more, without contents, and the two trees compared.
public struct LayerTreeCheck {
    private let index: LayerIndexReader
    private let tree: OpenFile

    /// Opens a layer.
    ///
    /// - Parameter directory: The directory that holds `tree` and `index`.
    /// - Throws: ``ArchiveError/damagedIndex(reason:)``, or an error of the filesystem.
    public init(directory: FilePath) throws {
        (tree, index) = try LayerIndexReader.open(directory)
    }

    /// What is not as the stream says, one line each, in the order of the names.
    ///
    /// - Parameters:
    ///   - scratch: An empty directory on the layer's filesystem; it is filled with empty files.
    ///   - limit: How many faults are enough.
    /// - Returns: nil where there is no room for the comparison, and where the layer's files belong to the users of somebody
    ///   else's namespace, so that their owners cannot be told.
    /// - Throws: ``ArchiveError`` when the layer's tree cannot be read.
    public func faults(scratch: FilePath, limit: Int = 20) throws -> [String]? {
        guard try tree.status().st_uid == geteuid() else { return nil }
        guard let expected = try? unpacked(in: scratch) else { return nil }
        let actual = EntryCollector()
        var walk = TreeWalk(builder: actual, times: .kept)
        try walk.directory(tree, path: [])
        return Array(TreeComparison(expected: expected.resolved, actual: actual.resolved).faults.prefix(limit))
    }

    private func unpacked(in scratch: FilePath) throws -> EntryCollector {
        let root = try OpenFile(directory: scratch)
        var limits = TarLimits()
        limits.entries = .max
        limits.unpackedBytes = .max
        limits.requiresPadding = false
        let unpacker = TreeUnpacker(root: root, options: UnpackOptions(whiteouts: .ofThisProcess, limits: limits))
        let reader = TarReader(try HeaderSource(index), limits: limits)
        while var member = try reader.next() {
            if member.entry.kind == .file {
                // The file gets its size, and none of its bytes.
                try reader.passContent()
                member.storedSize = 0
                member.sparseMap = SparseMap([], realSize: member.entry.size, storedSize: 0)
            }
            _ = try unpacker.place(member, from: reader)
        }
        try unpacker.finish()
        let collector = EntryCollector()
        var walk = TreeWalk(builder: collector, times: .kept)
        try walk.directory(root, path: [])
        return collector
    }
}

/// The stream of an index with zeros in the place of contents, which can be passed over.
private struct HeaderSource: ByteSource {
    private enum Piece {
        case literal(UnsafeRawBufferPointer)
        case nothing(UInt64)
    }

    /// Keeps the pieces' memory.
    private let index: LayerIndexReader
    private var pieces: [Piece] = []
    private var next = 0
    private var offset: UInt64 = 0

    init(_ index: LayerIndexReader) throws {
        self.index = index
        var pieces: [Piece] = []
        try index.forEachStep { _, step in
            switch step {
            case .literal(let bytes): pieces.append(.literal(bytes))
            case .zeros(let count), .content(_, _, let count): pieces.append(.nothing(count))
            }
        }
        self.pieces = pieces
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while next < pieces.count {
            let count: Int
            let isWhole: Bool
            switch pieces[next] {
            case .literal(let bytes):
                let rest = UnsafeRawBufferPointer(rebasing: bytes[Int(offset)...])
                count = min(buffer.count, rest.count)
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
                isWhole = count == rest.count
            case .nothing(let length):
                count = Int(min(UInt64(buffer.count), length - offset))
                UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
                isWhole = offset + UInt64(count) == length
            }
            offset += UInt64(count)
            if isWhole { (next, offset) = (next + 1, 0) }
            if count > 0 { return count }
        }
        return 0
    }

    mutating func skip(_ count: UInt64) -> UInt64 {
        guard next < pieces.count, case .nothing(let length) = pieces[next] else { return 0 }
        let skipped = min(count, length - offset)
        offset += skipped
        if offset == length { (next, offset) = (next + 1, 0) }
        return skipped
    }
}

/// The entries of a tree by their names.
private final class EntryCollector: TreeEntryReceiver {
    private var entries: [[UInt8]: TarEntry] = [:]

    /// The entries, each further name of a file with what its first one says.
    var resolved: [[UInt8]: TarEntry] {
        var result: [[UInt8]: TarEntry] = [:]
        for (path, entry) in entries {
            if let marked = whiteout(path) {
                // What else AUFS kept for itself is passed over by whoever unpacks it.
                let isMark = marked.path != path || path.reversed().starts(with: WhiteoutForm.opaqueName.reversed())
                if isMark, marked.path == path || entries[marked.path] == nil { result[marked.path] = marked }
                continue
            }
            result[path] = entry
            guard entry.kind == .hardLink, var first = entries[entry.linkTarget] else { continue }
            first.path = path
            result[path] = first
        }
        return result
    }

    /// The whiteout that a name is in a stream, where it is one.
    ///
    /// An archive that `ADD` unpacks may have such names as those of ordinary files of the tree.
    private func whiteout(_ path: [UInt8]) -> TarEntry? {
        let start = path.lastIndex(of: TreePath.slash).map { $0 + 1 } ?? 0
        let name = path[start...]
        guard name.starts(with: WhiteoutForm.prefix) else { return nil }
        if name.starts(with: WhiteoutForm.reservedPrefix) {
            var entry = TarEntry(path: path, kind: .file)
            entry.mode = 0
            return entry
        }
        return Self.whiteout(of: path[..<start] + name.dropFirst(WhiteoutForm.prefix.count))
    }

    private static func whiteout(of path: some Sequence<UInt8>) -> TarEntry {
        var entry = TarEntry(path: Array(path), kind: .characterDevice)
        entry.mode = 0
        return entry
    }

    func add(_ entry: TarEntry) { entries[entry.path] = entry }

    func addWhiteout(of path: [UInt8]) { entries[path] = Self.whiteout(of: path) }

    func addFile(_ entry: TarEntry, treePath: [UInt8], content: Int32, wantsContentDigest: Bool) -> BlobDigest? {
        entries[entry.path] = entry
        return nil
    }
}
