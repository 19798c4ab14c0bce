public import OCIModel

/// Builds a cache key from named fields, so that no two different lists of fields hash alike.
///
/// Every field is written as its name, its kind and its length before its bytes. The version byte leads: a change of
/// what any key means must raise it, and then no old record is found again.
public struct KeyHasher {
    /// The version of all keys.
    public static let version: UInt8 = 3

    /// Fields are collected to some kilobytes, because a hash takes many small pieces slowly; a copy of a directory has
    /// a hundred thousand of them.
    private static let batch = 1 << 14

    private var bytes: [UInt8] = [KeyHasher.version]
    private var builder = DigestBuilder()

    /// Starts a key of one kind, such as `run`.
    public init(kind: String) {
        append(kind)
    }

    /// Adds a text.
    public mutating func field(_ name: String, _ value: String) {
        append(name)
        bytes.append(UInt8(ascii: "s"))
        append(value)
    }

    /// Adds a text that may be missing, which differs from an empty one.
    public mutating func field(_ name: String, _ value: String?) {
        if let value {
            field(name, value)
        } else {
            append(name)
            bytes.append(UInt8(ascii: "-"))
        }
    }

    /// Adds a list.
    public mutating func field(_ name: String, _ values: [String]) {
        append(name)
        bytes.append(UInt8(ascii: "l"))
        append(UInt64(values.count))
        for value in values { append(value) }
    }

    /// Adds a digest.
    public mutating func field(_ name: String, _ value: BlobDigest) {
        append(name)
        bytes.append(UInt8(ascii: "d"))
        append(value)
    }

    /// Adds a list of digests.
    public mutating func field(_ name: String, _ values: [BlobDigest]) {
        append(name)
        bytes.append(UInt8(ascii: "D"))
        append(UInt64(values.count))
        for value in values { append(value) }
    }

    /// Adds a number.
    public mutating func field(_ name: String, _ value: some FixedWidthInteger) {
        append(name)
        bytes.append(UInt8(ascii: "n"))
        append(UInt64(truncatingIfNeeded: value))
    }

    /// Adds a truth value.
    public mutating func field(_ name: String, _ value: Bool) {
        field(name, value ? 1 : 0)
    }

    /// The key.
    public func finish() -> BlobDigest {
        var builder = builder
        bytes.withUnsafeBytes { builder.update($0) }
        return builder.finish()
    }

    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
        if bytes.count >= Self.batch {
            bytes.withUnsafeBytes { builder.update($0) }
            bytes.removeAll(keepingCapacity: true)
        }
    }

    private mutating func append(_ value: BlobDigest) {
        value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
