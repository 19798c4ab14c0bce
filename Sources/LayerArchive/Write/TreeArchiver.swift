internal import Glibc
internal import OCIModel
public import SystemPackage

/// Writes directory trees as one tar stream of files, as `docker export` does: no layers, no whiteouts.
///
/// It belongs to one thread.
public final class TreeArchiver<Sink: ByteSink> {
    private let stream: ArchiveStream<Sink>

    /// Begins a stream.
    ///
    /// - Parameters:
    ///   - sink: what gets it.
    ///   - mapOwner: what each file's user and group are in the stream.
    public init(into sink: Sink, mapOwner: ((UInt32, UInt32) -> (user: UInt32, group: UInt32))? = nil) {
        stream = ArchiveStream(sink, mapOwner)
    }

    /// Adds the tree below `directory`, names in byte order; its own entry is there only when it has a name.
    ///
    /// A directory for which `hides` says true, by its path and an open descriptor, is there without what is in it.
    ///
    /// - Important: Blocks for as long as reading and the sink take.
    public func add(
        _ directory: FilePath,
        below name: String? = nil,
        times: FileTimes = .kept,
        hiding hides: ((String, Int32) throws -> Bool)? = nil
    ) throws {
        var walk = TreeWalk(builder: stream, times: times, hides: hides)
        let prefix = Array((name ?? "").utf8)
        let tree = try OpenFile(directory: directory)
        if !prefix.isEmpty {
            var entry = TarEntry(path: prefix, kind: .directory, status: try tree.status(), attributes: [])
            entry.modificationTime = times.applied(to: entry.modificationTime)
            try stream.add(entry)
        }
        try walk.directory(tree, path: prefix)
    }

    /// Ends the stream.
    public func finish() throws -> Sink.Receipt { try stream.finish() }
}

/// A class, because the walk and its caller share it; it belongs to one thread.
private final class ArchiveStream<Sink: ByteSink>: TreeEntryReceiver {
    private var sink: Sink
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)

    private let mapOwner: ((UInt32, UInt32) -> (user: UInt32, group: UInt32))?

    init(_ sink: Sink, _ mapOwner: ((UInt32, UInt32) -> (user: UInt32, group: UInt32))?) {
        self.sink = sink
        self.mapOwner = mapOwner
    }

    private func owned(_ entry: TarEntry) -> TarEntry {
        guard let mapOwner else { return entry }
        var entry = entry
        (entry.userID, entry.groupID) = mapOwner(entry.userID, entry.groupID)
        return entry
    }

    deinit {
        buffer.deallocate()
    }

    func add(_ entry: TarEntry) throws {
        // The marks of a single layer say nothing in a tree of its own.
        guard !entry.path.reversed().starts(with: WhiteoutForm.opaqueName.reversed()) else { return }
        try write(TarHeaderEncoder.encode(owned(entry)))
    }

    func addWhiteout(of path: [UInt8]) {}

    func addFile(
        _ entry: TarEntry,
        treePath: [UInt8],
        content: Int32,
        wantsContentDigest: Bool
    ) throws -> BlobDigest? {
        try write(TarHeaderEncoder.encode(owned(entry)))
        var left = entry.size
        while left > 0 {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(left, UInt64(buffer.count)))])
            let count = try readFully(part, from: content, name: displayName(treePath))
            guard count == part.count else {
                throw ArchiveError.contentChanged(path: displayName(treePath), reason: "it became shorter meanwhile")
            }
            try sink.write(UnsafeRawBufferPointer(part))
            left -= UInt64(count)
        }
        try write([UInt8](repeating: 0, count: TarBlock.padding(after: entry.size)))
        return nil
    }

    func finish() throws -> Sink.Receipt {
        try write(TarHeaderEncoder.endOfArchive)
        return try sink.finish()
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try sink.write($0) }
    }
}
