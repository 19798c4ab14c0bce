internal import Glibc
public import SystemPackage

/// What an interrupted unpacking of an uncompressed layer has left: the beginning of its stream, read out of the tree.
///
/// Nothing was written a second time to make this possible: the unfinished index says which bytes of the stream were
/// literal and which are in which file, and a file's length says how much of it has arrived. Whether the bytes are the
/// right ones only the digest of the whole stream can tell.
public final class PartialLayer: ByteSource {
    /// How many bytes of the stream are there.
    public let size: UInt64
    private let tree: DirectoryStack
    private let index: IndexMap
    private let donations: [UInt64: Donation]
    private var walk: IndexWalk
    private var step: LayerIndexReader.Step?
    private var stepPosition: UInt64 = 0
    private var file: OpenFile?
    private var position: UInt64 = 0

    /// A file whose content is the beginning, or all, of a file of the stream.
    struct Donation {
        fileprivate let file: OpenFile
        /// How many bytes are there.
        let length: UInt64
    }

    /// Files that are worth taking over: copying a smaller one costs less than the calls.
    private static let worthwhile: UInt64 = 1 << 20
    /// Each donation keeps a file open.
    private static let donationLimit = 256

    /// Looks at the directory of an unpacking that did not end.
    ///
    /// - Returns: nil when nothing can be used.
    public init?(directory: FilePath) {
        guard let base = try? OpenFile(directory: directory),
            let tree = base.open(Array("tree".utf8), O_RDONLY | O_DIRECTORY),
            // A shadow means that an earlier part of the index speaks of a file that has moved: too rare to follow.
            let shadow = base.open(Array("shadow".utf8), O_RDONLY | O_DIRECTORY),
            let shadows = try? DirectoryListing.names(of: shadow), shadows.isEmpty,
            let file = base.open(Array("index".utf8), O_RDONLY), let index = IndexMap(file)
        else { return nil }
        self.index = index
        self.tree = DirectoryStack(root: tree)
        walk = IndexWalk(index)
        var (survey, size, donations) = (IndexWalk(index), UInt64(0), [UInt64: Donation]())
        while let step = survey.next() {
            guard case .content(let path, let offset, let length) = step else {
                size += step.count
                continue
            }
            guard let file = Self.open(path, in: self.tree), let status = try? file.status() else { break }
            let available = min(length, UInt64(max(0, status.st_size)) - min(offset, UInt64(max(0, status.st_size))))
            if offset == 0, available >= Self.worthwhile, donations.count < Self.donationLimit {
                donations[size] = Donation(file: file, length: available)
            }
            size += available
            if available < length { break }
        }
        self.size = size
        self.donations = donations
        if size == 0 { return nil }
    }

    /// A file that has the content which begins at `position` of the stream and has up to `limit` bytes.
    func donation(at position: UInt64, upTo limit: UInt64) -> Donation? {
        donations[position].flatMap { $0.length <= limit ? $0 : nil }
    }

    /// Reads the beginning of the stream; zero where it stops.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while position < size {
            guard let step else {
                self.step = walk.next()
                (stepPosition, file) = (0, nil)
                guard self.step != nil else { return 0 }
                continue
            }
            let wanted = Int(min(UInt64(buffer.count), step.count - stepPosition, size - position))
            guard wanted > 0 else {
                self.step = nil
                continue
            }
            let count = try copy(step, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
            stepPosition += UInt64(count)
            position += UInt64(count)
            return count
        }
        return 0
    }

    private func copy(_ step: LayerIndexReader.Step, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        switch step {
        case .literal(let bytes):
            let start = Int(stepPosition)
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + buffer.count]))
            return buffer.count
        case .zeros:
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            return buffer.count
        case .content(let path, let offset, _):
            if file == nil { file = Self.open(path, in: tree) }
            guard let file else { throw ArchiveError.last("open the layer's file", displayName(path)) }
            let start = Int(offset + stepPosition)
            let count = retrying { pread(file.descriptor, buffer.baseAddress, buffer.count, start) }
            guard count > 0 else { throw ArchiveError.last("read the layer's file", displayName(path)) }
            return count
        }
    }

    private static func open(_ path: [UInt8], in tree: DirectoryStack) -> OpenFile? {
        guard let components = TreePath.components(path), let name = components.last,
            let parent = tree.directory(components.dropLast()),
            let file = parent.open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY),
            let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG
        else { return nil }
        return file
    }
}

/// An unfinished index in memory.
private final class IndexMap {
    let bytes: UnsafeRawBufferPointer
    private let map: UnsafeMutableRawPointer

    init?(_ file: OpenFile) {
        guard let size = try? file.status().st_size, size >= LayerIndexFormat.magic.count,
            let map = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0), map != MAP_FAILED
        else { return nil }
        self.map = map
        bytes = UnsafeRawBufferPointer(start: map, count: size)
        guard bytes.starts(with: LayerIndexFormat.magic) else { return nil }
    }

    deinit { munmap(map, bytes.count) }
}

/// Goes through an index as far as it was written.
private struct IndexWalk {
    private let index: IndexMap
    private var cursor: IndexCursor
    private var path: [UInt8] = []

    init(_ index: IndexMap) {
        self.index = index
        cursor = IndexCursor(UnsafeRawBufferPointer(rebasing: index.bytes[LayerIndexFormat.magic.count...]))
    }

    /// The next whole step.
    mutating func next() -> LayerIndexReader.Step? {
        // Where the writing was cut off, the numbers end: that is the end of what is known, and no damage.
        try? read()
    }

    private mutating func read() throws -> LayerIndexReader.Step? {
        switch LayerIndexFormat.Operation(rawValue: try cursor.byte()) {
        case .literal: return .literal(try cursor.counted())
        case .zeros: return .zeros(try cursor.number())
        case .content:
            let shared = try cursor.number()
            guard shared <= UInt64(path.count) else { throw cursor.damage }
            path.removeLast(path.count - Int(shared))
            path += try cursor.counted()
            return .content(path: path, offset: try cursor.number(), length: try cursor.number())
        case .end, nil: return nil
        }
    }
}

extension PartialLayer.Donation {
    /// Gives the file a second name, in a new tree.
    ///
    /// The first name stays, so that an attempt that is interrupted earlier than the last one loses nothing.
    ///
    /// - Returns: The file, open for writing; nil when it has to be copied.
    func adopt(as name: [UInt8], in parent: OpenFile) -> OpenFile? {
        let source = "/proc/self/fd/\(file.descriptor)"
        let linked = withCString(name) { linkat(AT_FDCWD, source, parent.descriptor, $0, AT_SYMLINK_FOLLOW) }
        guard linked == 0 else { return nil }
        if let file = parent.open(name, O_WRONLY) { return file }
        _ = withCString(name) { unlinkat(parent.descriptor, $0, 0) }
        return nil
    }
}
