internal import Glibc

/// Reads an open file, pipe or socket, which stays the caller's, from its current position to its end.
public struct FileSource: ByteSource {
    private let descriptor: Int32
    private let name: String

    /// Makes a source over an open descriptor.
    ///
    /// - Parameters:
    ///   - descriptor: An open descriptor that outlives the source.
    ///   - name: What error texts call it.
    public init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// Supplies the next bytes; zero means the end.
    public mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        let count = retrying { Glibc.read(descriptor, base, buffer.count) }
        guard count >= 0 else { throw ArchiveError.last("read", name) }
        return count
    }

    /// Passes over bytes of a regular file, never beyond its end.
    public mutating func skip(_ count: UInt64) throws -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
        let position = lseek(descriptor, 0, SEEK_CUR)
        guard position >= 0, position < status.st_size else { return 0 }
        let distance = min(Int(clamping: count), status.st_size - position)
        guard lseek(descriptor, distance, SEEK_CUR) >= 0 else { throw ArchiveError.last("read", name) }
        return UInt64(distance)
    }
}
