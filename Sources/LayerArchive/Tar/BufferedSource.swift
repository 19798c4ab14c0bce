/// Looks ahead into a source through one fixed buffer.
///
/// A class, because the buffer's memory must be freed exactly once.
final class BufferedSource<Source: ByteSource> {
    private var source: Source
    private let memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var sourceEnded = false
    /// How many bytes have been consumed so far.
    private(set) var position: UInt64 = 0

    init(_ source: Source) {
        self.source = source
        memory = .allocate(byteCount: blockSize, alignment: 4096)
    }

    deinit {
        memory.deallocate()
    }

    /// The next bytes, as many as are buffered but at least `count` unless the stream ends before.
    func peek(atLeast count: Int) throws -> UnsafeRawBufferPointer {
        precondition(count <= memory.count, "nobody asks for more than a block")
        if end - start < count, !sourceEnded {
            memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[start..<end]))
            end -= start
            start = 0
            while end < count, !sourceEnded {
                let added = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[end...]))
                if added == 0 { sourceEnded = true }
                end += added
            }
        }
        return UnsafeRawBufferPointer(rebasing: memory[start..<end])
    }

    /// Moves past bytes that nobody wants to see.
    ///
    /// - Returns: Over how many; fewer than `count` only where the stream ends.
    func skip(_ count: UInt64) throws -> UInt64 {
        var left = count
        while left > 0 {
            if start == end {
                let skipped = try source.skip(left)
                position += skipped
                left -= skipped
                if skipped > 0 { continue }
            }
            let available = try peek(atLeast: 1)
            if available.isEmpty { break }
            let passed = Int(min(left, UInt64(available.count)))
            consume(passed)
            left -= UInt64(passed)
        }
        return count - left
    }

    /// Moves past bytes that were peeked at.
    func consume(_ count: Int) {
        precondition(count <= end - start, "only what was seen is consumed")
        start += count
        position += UInt64(count)
        if start == end {
            start = 0
            end = 0
        }
    }
}
