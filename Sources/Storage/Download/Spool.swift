internal import Glibc
internal import LayerArchive
internal import SystemPackage

/// One source after another.
struct Concatenation<First: ByteSource, Second: ByteSource>: ByteSource {
    var first: First
    var second: Second
    private var isFirstAtEnd = false

    init(first: First, second: Second) {
        self.first = first
        self.second = second
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard buffer.count > 0 else { return 0 }
        if !isFirstAtEnd {
            let count = try first.read(into: buffer)
            if count > 0 { return count }
            isFirstAtEnd = true
        }
        return try second.read(into: buffer)
    }
}

/// A stream whose beginning is in a file, to which the rest is added as it arrives.
///
/// The file is not waited for: after a power cut it may lack something, which the digest of the stream will tell.
struct Spool<Rest: ByteSource>: ByteSource {
    private let file: StoreFile
    private let path: FilePath
    private var rest: Rest
    private var position = 0
    private var isAtRest = false

    /// Opens the file, or makes it.
    init(_ path: FilePath, before rest: Rest) throws {
        self.path = path
        self.rest = rest
        file = try StoreFiles.require(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o600)
    }

    mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if !isAtRest {
            let count = pread(file.descriptor, buffer.baseAddress, buffer.count, position)
            guard count >= 0 else { throw StoreFiles.failure("read", path) }
            position += count
            if count > 0 || buffer.count == 0 { return count }
            isAtRest = true
        }
        let count = try rest.read(into: buffer)
        var written = 0
        while written < count {
            let more = write(file.descriptor, buffer.baseAddress.map { $0 + written }, count - written)
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw StoreFiles.failure("write", path) }
            written += more
        }
        return count
    }
}
