/// Receives a stream of bytes; its result exists only after `finish`, so a failed copy has no digest.
public protocol ByteSink: ~Copyable {
    /// What is known once the whole stream has arrived.
    associatedtype Receipt

    /// Takes the next bytes of the stream.
    ///
    /// - Important: May block.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws

    /// Ends the stream.
    consuming func finish() throws -> Receipt
}

/// A sink that drops the bytes.
public struct NullSink: ByteSink {
    /// Makes a sink that drops the bytes.
    public init() {}

    /// Takes the next bytes of the stream.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) {}

    /// Ends the stream.
    public consuming func finish() {}
}

/// A sink that keeps the bytes in memory: for tests and small documents.
public struct MemorySink: ByteSink {
    private var bytes: [UInt8] = []

    /// Makes an empty sink.
    public init() {}

    /// Takes the next bytes of the stream.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        self.bytes.append(contentsOf: bytes)
    }

    /// Ends the stream.
    public consuming func finish() -> [UInt8] { bytes }
}

/// A sink that hands every piece to a function, for callers that join streams of other modules.
public struct ClosureSink: ByteSink {
    private let body: (UnsafeRawBufferPointer) throws -> Void

    /// Makes a sink that calls `body` with each piece in order.
    public init(_ body: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.body = body
    }

    /// Takes the next bytes of the stream.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        try body(bytes)
    }

    /// Ends the stream.
    public consuming func finish() {}
}
