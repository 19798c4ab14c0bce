internal import Glibc
public import OCIModel
public import SystemPackage

/// Writes a stored layer's exact tar stream again, from its tree and index.
public struct LayerReplayer {
    /// The digest that the stream had when the layer was stored.
    public let diffID: BlobDigest
    /// The size of the stream in bytes.
    public let tarSize: UInt64
    private let index: LayerIndexReader
    private let tree: OpenFile
    private let shadowPath: FilePath

    /// Opens a layer.
    ///
    /// - Parameter directory: The directory that holds `tree`, `index` and, where needed, `shadow`.
    /// - Throws: ``ArchiveError/damagedIndex(reason:)``, or an error of the filesystem.
    public init(directory: FilePath) throws {
        (tree, index) = try LayerIndexReader.open(directory)
        shadowPath = directory.appending("shadow")
        diffID = index.digest
        tarSize = index.streamSize
    }

    /// Writes the stream to a sink and ends it.
    ///
    /// The bytes are what the disk holds now; put a ``HashingSink`` in front to know that they are the layer.
    ///
    /// - Important: Blocks for as long as reading and the sink take.
    /// - Returns: The sink's receipt.
    public func replay<Sink: ByteSink & ~Copyable>(into sink: consuming Sink) throws -> Sink.Receipt {
        var sink = sink
        try forEachPiece { try sink.write($0) }
        return try sink.finish()
    }

    /// Hands out the stream piece by piece, in order, from `start` on; what lies before is not read.
    ///
    /// - Important: Blocks for as long as reading and `body` take.
    public func forEachPiece(from start: UInt64 = 0, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 4096)
        defer { buffer.deallocate() }
        let zeros = [UInt8](repeating: 0, count: 4096)
        let shadows = ShadowTable(try index.shadows())
        let directories = DirectoryStack(root: tree)
        var skipped = start
        try index.forEachStep { number, step in
            let skip = min(skipped, step.count)
            skipped -= skip
            guard skip < step.count else { return }
            switch step {
            case .literal(let bytes): try body(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Int(skip))))
            case .zeros(let count):
                var left = count - skip
                while left > 0 {
                    let count = Int(min(left, UInt64(zeros.count)))
                    try zeros.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                    left -= UInt64(count)
                }
            case .content(let path, let offset, let length):
                let file: OpenFile
                if let shadow = shadows.location(of: path, operation: number) {
                    let below = "\(shadow.number)".utf8 + (shadow.below.isEmpty ? [] : [TreePath.slash] + shadow.below)
                    file = try open(Array(below), in: DirectoryStack(root: OpenFile(directory: shadowPath)))
                } else {
                    file = try open(path, in: directories)
                }
                try copy(file, path: path, offset: offset + skip, length: length - skip, buffer, body)
            }
        }
    }

    /// Replays the stream and compares its digest.
    ///
    /// - Throws: ``ArchiveError/digestMismatch(expected:actual:)`` when the stream is another one now, and the errors
    ///   of reading it.
    public func verify() throws {
        let receipt = try replay(into: HashingSink(next: NullSink()))
        guard receipt.digest == diffID else {
            throw ArchiveError.digestMismatch(expected: diffID, actual: receipt.digest)
        }
    }

    private func open(_ path: [UInt8], in directories: DirectoryStack) throws -> OpenFile {
        guard let components = TreePath.components(path), let name = components.last else {
            throw ArchiveError.damagedIndex(reason: "it names no file")
        }
        guard let parent = directories.directory(components.dropLast()),
            // Non-blocking, so that a pipe in the place of a file is an error and not a wait.
            let file = parent.open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        else { throw ArchiveError.last("open the layer's file", displayName(path)) }
        guard try file.status().st_mode & S_IFMT == S_IFREG else {
            throw ArchiveError.contentChanged(path: displayName(path), reason: "it is not a regular file")
        }
        return file
    }

    private func copy(
        _ file: OpenFile,
        path: [UInt8],
        offset: UInt64,
        length: UInt64,
        _ buffer: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var position = offset
        var left = length
        while left > 0 {
            let wanted = Int(min(left, UInt64(buffer.count)))
            let count = retrying { pread(file.descriptor, buffer.baseAddress, wanted, Int(position)) }
            guard count >= 0 else { throw ArchiveError.last("read the layer's file", displayName(path)) }
            guard count > 0 else {
                throw ArchiveError.contentChanged(path: displayName(path), reason: "it is shorter than it was")
            }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += UInt64(count)
            left -= UInt64(count)
        }
    }
}
