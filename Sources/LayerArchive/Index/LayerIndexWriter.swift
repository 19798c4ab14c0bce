internal import Crypto
internal import Glibc
internal import OCIModel

/// Writes a layer index while the stream it describes goes by, and hashes that stream's literal parts on the way.
///
/// The unfinished index is the journal of an unpacking: a large file is on the disk as an operation before its content is,
/// so that a ``PartialLayer`` can tell what had arrived when the process was killed.
///
/// A class, because the sinks that feed it share it; it belongs to one thread.
final class LayerIndexWriter {
    /// The number of the next operation.
    private(set) var operationNumber: UInt64 = 0
    /// The size of the stream so far.
    private(set) var streamSize: UInt64 = 0
    /// How many bytes of it are content of files.
    private(set) var contentSize: UInt64 = 0
    /// How many bytes were kept as they are.
    private(set) var literalSize = 0
    /// Content of this size is worth more than a system call.
    private static let largeContent: UInt64 = 1 << 18
    /// How much content the operations in memory speak of.
    private var unflushedContent: UInt64 = 0
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var hasher = SHA256()
    private var previousPath: [UInt8] = []

    /// Makes a writer that writes to an open, empty file, which stays the caller's.
    init(descriptor: Int32) {
        self.descriptor = descriptor
        buffer.reserveCapacity(1 << 16)
        buffer += LayerIndexFormat.magic
    }

    /// Adds bytes of the stream that are not file content; runs of zeros take next to no room.
    func addLiteral(_ bytes: UnsafeRawBufferPointer) throws {
        var start = 0
        var index = 0
        while index < bytes.count {
            guard bytes[index] == 0 else {
                index += 1
                continue
            }
            var end = index + 1
            while end < bytes.count, bytes[end] == 0 { end += 1 }
            if end - index >= 8 {
                if index > start { try append(.literal, UnsafeRawBufferPointer(rebasing: bytes[start..<index])) }
                try appendZeros(end - index)
                start = end
            }
            index = end
        }
        if bytes.count > start { try append(.literal, UnsafeRawBufferPointer(rebasing: bytes[start...])) }
        streamSize += UInt64(bytes.count)
    }

    /// Adds a part of a file of the tree.
    func addContent(path: [UInt8], offset: UInt64, length: UInt64) throws {
        let limit = min(path.count, previousPath.count)
        var shared = 0
        while shared < limit, path[shared] == previousPath[shared] { shared += 1 }
        begin(.content)
        LayerIndexFormat.append(UInt64(shared), to: &buffer)
        LayerIndexFormat.append(UInt64(path.count - shared), to: &buffer)
        buffer += path[shared...]
        LayerIndexFormat.append(offset, to: &buffer)
        LayerIndexFormat.append(length, to: &buffer)
        previousPath = path
        streamSize += length
        contentSize += length
        unflushedContent += length
        if unflushedContent >= Self.largeContent { try flush() } else { try flushIfLarge() }
    }

    /// Ends the index.
    ///
    /// - Parameters:
    ///   - digest: SHA-256 of the stream that the index replays.
    ///   - shadows: What was replaced by later entries, in order.
    /// - Throws: ``ArchiveError`` when it cannot be written.
    func finish(digest: BlobDigest, shadows: [IndexShadow]) throws {
        begin(.end)
        LayerIndexFormat.append(UInt64(shadows.count), to: &buffer)
        for shadow in shadows {
            LayerIndexFormat.append(shadow.operation, to: &buffer)
            LayerIndexFormat.append(UInt64(shadow.path.count), to: &buffer)
            buffer += shadow.path
            LayerIndexFormat.append(shadow.number, to: &buffer)
        }
        withUnsafeBytes(of: streamSize.littleEndian) { buffer += $0 }
        buffer += digest.bytes
        try flush()
        buffer += Array(hasher.finalize())
        try flush()
    }

    private func begin(_ operation: LayerIndexFormat.Operation) {
        buffer.append(operation.rawValue)
        operationNumber += 1
    }

    private func append(_ operation: LayerIndexFormat.Operation, _ bytes: UnsafeRawBufferPointer) throws {
        begin(operation)
        literalSize += bytes.count
        LayerIndexFormat.append(UInt64(bytes.count), to: &buffer)
        buffer += bytes
        try flushIfLarge()
    }

    private func appendZeros(_ count: Int) throws {
        begin(.zeros)
        LayerIndexFormat.append(UInt64(count), to: &buffer)
        try flushIfLarge()
    }

    private func flushIfLarge() throws {
        if buffer.count >= 1 << 16 { try flush() }
    }

    /// Writes what is still in memory.
    func flush() throws {
        try buffer.withUnsafeBytes { bytes in
            hasher.update(bufferPointer: bytes)
            try writeFully(bytes, to: descriptor, name: "layer index")
        }
        buffer.removeAll(keepingCapacity: true)
        unflushedContent = 0
    }
}
