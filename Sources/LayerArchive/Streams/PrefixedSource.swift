/// A source whose first bytes were read ahead, to see what the stream is.
final class PrefixedSource<Source: ByteSource>: ByteSource {
    /// The bytes that were read ahead.
    let prefix: [UInt8]
    private var position = 0
    private var source: Source

    /// Reads ahead up to `count` bytes.
    init(_ source: Source, peeking count: Int) throws {
        var source = source
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let added = try bytes.withUnsafeMutableBytes {
                try source.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            if added == 0 { break }
            filled += added
        }
        prefix = Array(bytes[..<filled])
        self.source = source
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard position < prefix.count else { return try source.read(into: buffer) }
        let count = min(buffer.count, prefix.count - position)
        buffer.copyBytes(from: prefix[position..<position + count])
        position += count
        return count
    }

    func skip(_ count: UInt64) throws -> UInt64 {
        position < prefix.count ? 0 : try source.skip(count)
    }
}
