public import Crypto

/// The SHA-256 digest that names a blob, a layer or an image, written `sha256:<64 hex digits>`.
///
/// Parsing is the only way in from text, so a digest can be used in a path or a URL without further checks
/// (CVE-2024-3727: unvalidated digests became `../..`). Source: OCI image-spec, descriptor.md#digests.
public struct BlobDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 64 lower-case hexadecimal digits, without the algorithm.
    public var hex: String {
        String(unsafeUninitializedCapacity: 64) { text in
            for (index, word) in [first, second, third, fourth].enumerated() {
                for digit in 0..<16 {
                    let value = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * digit)) & 15
                    text[16 * index + digit] = value < 10 ? 48 + value : 87 + value
                }
            }
            return 64
        }
    }

    // The hash as big-endian words rather than text: builds compare and look up tens of thousands of digests.
    let first, second, third, fourth: UInt64

    /// Parses `sha256:` followed by 64 lower-case hexadecimal digits.
    ///
    /// - Throws: ``DigestError/malformed(_:)`` for any other text, other algorithms included.
    public init(_ text: String) throws(DigestError) {
        guard text.utf8.starts(with: "sha256:".utf8) else { throw .malformed(text) }
        try self.init(hex: String(text.dropFirst(7)))
    }

    /// Takes 64 lower-case hexadecimal digits, such as the name of a file in a blob directory.
    ///
    /// - Throws: ``DigestError/malformed(_:)`` for any other text.
    public init(hex: String) throws(DigestError) {
        guard hex.utf8.count == 64 else { throw .malformed(hex) }
        var words = InlineArray<4, UInt64>(repeating: 0)
        for (position, digit) in hex.utf8.enumerated() {
            let value: UInt8
            switch digit {
            case 48...57: value = digit - 48
            case 97...102: value = digit - 87
            default: throw .malformed(hex)
            }
            words[position / 16] = words[position / 16] << 4 | UInt64(value)
        }
        (first, second, third, fourth) = (words[0], words[1], words[2], words[3])
    }

    /// Takes a finished hash.
    public init(_ digest: SHA256.Digest) {
        // A SHA-256 has 32 bytes.
        self = digest.withUnsafeBytes { BlobDigest(words: $0) }
    }

    /// Hashes `bytes`.
    public init(hashing bytes: some Collection<UInt8>) {
        var hasher = SHA256()
        let done: Void? = bytes.withContiguousStorageIfAvailable { buffer in
            hasher.update(bufferPointer: UnsafeRawBufferPointer(buffer))
        }
        if done == nil { hasher.update(data: Array(bytes)) }
        self.init(hasher.finalize())
    }

    /// The first 12 hexadecimal digits, as tables show image IDs.
    public var short: String { String(hex.prefix(12)) }

    /// The whole digest with its algorithm.
    public var description: String { "sha256:\(hex)" }

    /// Orders digests by their hexadecimal digits.
    public static func < (left: BlobDigest, right: BlobDigest) -> Bool {
        (left.first, left.second, left.third, left.fourth) < (right.first, right.second, right.third, right.fourth)
    }

    /// Takes the first 32 bytes of a buffer that has so many.
    init(words bytes: UnsafeRawBufferPointer) {
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
        }
        (first, second, third, fourth) = (word(0), word(1), word(2), word(3))
    }
}

extension BlobDigest: Codable {
    /// Reads a digest from a single JSON string.
    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the digest as a single JSON string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
