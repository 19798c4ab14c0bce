internal import Glibc

/// Writes the bytes to an open file, pipe or socket, which stays the caller's.
public struct FileSink: ByteSink {
    private let descriptor: Int32
    private let name: String
    private var size: UInt64 = 0

    /// Makes a sink that writes at the descriptor's current position.
    ///
    /// - Parameters:
    ///   - descriptor: An open descriptor that outlives the sink.
    ///   - name: What error texts call it.
    public init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Takes the next bytes of the stream.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        try writeFully(bytes, to: descriptor, name: name)
        size += UInt64(bytes.count)
    }

    /// Ends the stream and tells how many bytes were written.
    public consuming func finish() -> UInt64 { size }
}
