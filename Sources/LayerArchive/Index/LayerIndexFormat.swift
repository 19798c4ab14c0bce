/// The form of a layer index: what replays a layer's exact tar stream from its tree.
///
///     magic      8 bytes, the last one is the version
///     operations one byte each, then LEB128 numbers and bytes:
///       1 literal  count, bytes               headers, padding, trailer
///       2 zeros    count                      runs of zeros inside them
///       3 content  shared, count, name bytes, offset, length
///                  a part of the tree's file whose name is the previous name's first `shared` bytes and these
///       0 end      count of shadows, then per shadow: operation number, count, name bytes, shadow number
///     stream     8 bytes size and 32 bytes SHA-256 of the replayed stream
///     checksum   32 bytes SHA-256 of everything before
///
/// A shadow is a file or directory that a later entry of the same stream replaced: the content operations before the
/// given one find what was at that name under `shadow/<number>` beside the tree.
enum LayerIndexFormat {
    static let magic: [UInt8] = Array("LLBXIDX".utf8) + [1]
    static let digestSize = 32
    static let footerSize = 8 + digestSize + digestSize

    enum Operation: UInt8 {
        case end = 0
        case literal = 1
        case zeros = 2
        case content = 3
    }

    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Something in the tree that a later entry of the same stream replaced.
struct IndexShadow: Equatable {
    /// Operations with smaller numbers mean the replaced thing.
    var operation: UInt64
    var path: [UInt8]
    var number: UInt64
}
