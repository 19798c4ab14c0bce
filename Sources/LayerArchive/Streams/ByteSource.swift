/// Supplies a stream of bytes, piece by piece.
public protocol ByteSource {
    /// Fills the front of the buffer and tells how many bytes it wrote; zero means the stream has ended.
    ///
    /// - Important: May block.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Passes over up to `count` bytes without reading them, and tells over how many; zero where it cannot.
    mutating func skip(_ count: UInt64) throws -> UInt64
}

extension ByteSource {
    /// Cannot pass over anything.
    public mutating func skip(_ count: UInt64) throws -> UInt64 { 0 }
}

/// A source over bytes in memory.
public struct MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var position = 0

    /// Makes a source that supplies `bytes` once.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Supplies the next bytes; zero means the end.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - position)
        buffer.copyBytes(from: bytes[position..<position + count])
        position += count
        return count
    }
}

/// A source that asks a function for each piece, for callers that join streams of other modules.
public struct ClosureSource: ByteSource {
    private let body: (UnsafeMutableRawBufferPointer) throws -> Int

    /// Makes a source over `body`, which fills the buffer's front and returns the count, zero at the end.
    public init(_ body: @escaping (UnsafeMutableRawBufferPointer) throws -> Int) {
        self.body = body
    }

    /// Supplies the next bytes; zero means the end.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try body(buffer)
    }
}
