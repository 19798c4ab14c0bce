public import Crypto

/// The SHA-256 digest that names a blob, a layer or an image, written `sha256:<64 hex digits>`.
///
/// Parsing is the only way in from text, so a digest can be used in a path or a URL without further checks
/// (CVE-2024-3727: unvalidated digests became `../..`). Source: OCI image-spec, descriptor.md#digests.
public struct BlobDigest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The 64 lower-case hexadecimal digits, without the algorithm.
    public let hex: String

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
        let digits = hex.utf8
        let isHex = digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        guard digits.count == 64, isHex else { throw .malformed(hex) }
        self.hex = hex
    }

    /// Takes a finished hash.
    public init(_ digest: SHA256.Digest) {
        hex = Self.hexadecimal(digest)
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
    public static func < (left: BlobDigest, right: BlobDigest) -> Bool { left.hex < right.hex }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
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
