extension BlobDigest {
    /// The 32 bytes of the hash, for binary files.
    public var bytes: [UInt8] {
        withUnsafeBytes { [UInt8]($0) }
    }

    /// Shows the 32 bytes of the hash without copying them to an array.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let words = (first.bigEndian, second.bigEndian, third.bigEndian, fourth.bigEndian)
        return Swift.withUnsafeBytes(of: words, body)
    }

    /// Takes the 32 bytes of a hash, as `bytes` gives them.
    ///
    /// - Throws: ``DigestError/malformed(_:)`` for any other count.
    public init(bytes: some Collection<UInt8>) throws(DigestError) {
        guard bytes.count == 32 else { throw .malformed("\(bytes.count) bytes") }
        let whole = Array(bytes)
        self = whole.withUnsafeBytes { BlobDigest(words: $0) }
    }

    /// Takes the 32 bytes of a hash that lie in memory.
    ///
    /// - Throws: ``DigestError/malformed(_:)`` for any other count.
    public init(bytes: UnsafeRawBufferPointer) throws(DigestError) {
        guard bytes.count == 32 else { throw .malformed("\(bytes.count) bytes") }
        self.init(words: bytes)
    }
}
