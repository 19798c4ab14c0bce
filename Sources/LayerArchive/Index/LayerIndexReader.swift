internal import Crypto
internal import Glibc
internal import OCIModel
internal import SystemPackage

/// A layer index mapped into memory, its checksum verified.
final class LayerIndexReader {
    /// One step of a replay.
    enum Step {
        case literal(UnsafeRawBufferPointer)
        case zeros(UInt64)
        case content(path: [UInt8], offset: UInt64, length: UInt64)

        /// How many bytes of the stream it makes.
        var count: UInt64 {
            switch self {
            case .literal(let bytes): UInt64(bytes.count)
            case .zeros(let count), .content(_, _, let count): count
            }
        }
    }

    /// The size of the stream that the index replays.
    let streamSize: UInt64
    /// The SHA-256 of that stream.
    let digest: BlobDigest
    private let map: UnsafeMutableRawPointer
    private let mapSize: Int
    private let bytes: UnsafeRawBufferPointer

    /// Opens the tree and the index of a layer.
    ///
    /// - Parameter directory: The directory that holds `tree` and `index`.
    /// - Returns: Both, the index verified.
    /// - Throws: ``ArchiveError/damagedIndex(reason:)``, or an error of the filesystem.
    static func open(_ directory: FilePath) throws -> (tree: OpenFile, index: LayerIndexReader) {
        let base = try OpenFile(directory: directory)
        guard let tree = base.open(Array("tree".utf8), O_RDONLY | O_DIRECTORY),
            let file = base.open(Array("index".utf8), O_RDONLY)
        else { throw ArchiveError.last("open the layer", directory.string) }
        return (tree, try LayerIndexReader(descriptor: file.descriptor))
    }

    /// Maps and verifies the index in an open file, which may be closed afterwards.
    init(descriptor: Int32) throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ArchiveError.last("read", "layer index") }
        mapSize = Int(status.st_size)
        let magic = LayerIndexFormat.magic
        guard mapSize > magic.count + LayerIndexFormat.footerSize else {
            throw ArchiveError.damagedIndex(reason: "it is too short")
        }
        guard let map = mmap(nil, mapSize, PROT_READ, MAP_PRIVATE, descriptor, 0), map != MAP_FAILED else {
            throw ArchiveError.last("map", "layer index")
        }
        self.map = map
        let all = UnsafeRawBufferPointer(start: map, count: mapSize)
        let checksumStart = mapSize - LayerIndexFormat.digestSize
        bytes = UnsafeRawBufferPointer(rebasing: all[magic.count..<(mapSize - LayerIndexFormat.footerSize)])
        streamSize = UInt64(
            littleEndian: all.loadUnaligned(fromByteOffset: mapSize - LayerIndexFormat.footerSize, as: UInt64.self)
        )
        digest = try BlobDigest(bytes: all[(checksumStart - LayerIndexFormat.digestSize)..<checksumStart])
        guard all.starts(with: magic) else {
            throw ArchiveError.damagedIndex(reason: "it has another version or is no layer index")
        }
        var hasher = SHA256()
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: all[..<checksumStart]))
        guard hasher.finalize().elementsEqual(all[checksumStart...]) else {
            throw ArchiveError.damagedIndex(reason: "its checksum is wrong")
        }
    }

    deinit {
        munmap(map, mapSize)
    }

    /// Calls `body` with every step in order, numbered as the writer numbered them.
    func forEachStep(_ body: (UInt64, Step) throws -> Void) throws {
        var cursor = IndexCursor(bytes)
        var path: [UInt8] = []
        var number: UInt64 = 0
        while true {
            switch LayerIndexFormat.Operation(rawValue: try cursor.byte()) {
            case .literal: try body(number, .literal(try cursor.counted()))
            case .zeros: try body(number, .zeros(try cursor.number()))
            case .content:
                let shared = try cursor.number()
                guard shared <= UInt64(path.count) else { throw cursor.damage }
                path.removeLast(path.count - Int(shared))
                path += try cursor.counted()
                try body(number, .content(path: path, offset: try cursor.number(), length: try cursor.number()))
            case .end: return
            case nil: throw cursor.damage
            }
            number += 1
        }
    }

    /// What later entries of the stream replaced.
    func shadows() throws -> [IndexShadow] {
        var cursor = IndexCursor(bytes)
        while let operation = LayerIndexFormat.Operation(rawValue: try cursor.byte()), operation != .end {
            switch operation {
            case .literal: _ = try cursor.counted()
            case .zeros: _ = try cursor.number()
            case .content:
                _ = try cursor.number()
                _ = try cursor.counted()
                _ = try cursor.number()
                _ = try cursor.number()
            case .end: break
            }
        }
        return try (0..<(try cursor.number())).map { _ in
            IndexShadow(
                operation: try cursor.number(),
                path: Array(try cursor.counted()),
                number: try cursor.number()
            )
        }
    }
}

/// Reads numbers and counted bytes, never past the end.
struct IndexCursor {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var damage: ArchiveError { .damagedIndex(reason: "an operation is malformed") }

    mutating func byte() throws -> UInt8 {
        guard position < bytes.count else { throw damage }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func number() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 { return value }
        }
        throw damage
    }

    mutating func counted() throws -> UnsafeRawBufferPointer {
        let count = try number()
        guard count <= UInt64(bytes.count - position) else { throw damage }
        defer { position += Int(count) }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + Int(count)])
    }
}
