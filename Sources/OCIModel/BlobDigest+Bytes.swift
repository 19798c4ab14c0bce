extension BlobDigest {
    /// The 32 bytes of the hash, for binary files.
    public var bytes: [UInt8] {
        let digits = hex.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return (0..<32).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
    }

    /// Takes the 32 bytes of a hash, as `bytes` gives them.
    ///
    /// - Throws: ``DigestError/malformed(_:)`` for any other count.
    public init(bytes: some Collection<UInt8>) throws(DigestError) {
        guard bytes.count == 32 else { throw .malformed("\(bytes.count) bytes") }
        // Straight into the text: a lookup of twenty thousand digests must take milliseconds.
        hex = String(unsafeUninitializedCapacity: 64) { text in
            var position = 0
            for byte in bytes {
                let high = byte >> 4
                let low = byte & 15
                text[position] = high < 10 ? 48 + high : 87 + high
                text[position + 1] = low < 10 ? 48 + low : 87 + low
                position += 2
            }
            return 64
        }
    }
}
