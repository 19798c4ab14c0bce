extension BlobDigest {
    /// The 32 bytes of the hash, for binary files.
    public var bytes: [UInt8] {
        let digits = hex.utf8.map { $0 < 58 ? $0 - 48 : $0 - 87 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// Takes the 32 bytes of a hash, as `bytes` gives them.
    ///
    /// - Throws: ``DigestError/malformed(_:)`` for any other count.
    public init(bytes: some Collection<UInt8>) throws(DigestError) {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        try self.init(hex: String(decoding: text, as: UTF8.self))
    }
}
