internal import Glibc

/// Compares files byte by byte, which is several times faster than hashing and stops at the first difference.
public enum ContentComparison {
    /// Whether two open files hold the same bytes; both are read from their start.
    ///
    /// - Important: Blocks.
    public static func isEqual(_ left: Int32, _ right: Int32) throws -> Bool {
        var leftStatus = stat()
        var rightStatus = stat()
        guard fstat(left, &leftStatus) == 0, fstat(right, &rightStatus) == 0 else {
            throw ArchiveError.last("read the attributes of", "file")
        }
        guard leftStatus.st_size == rightStatus.st_size else { return false }
        let size = 1 << 18
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * size, alignment: 4096)
        defer { memory.deallocate() }
        let first = UnsafeMutableRawBufferPointer(rebasing: memory[..<size])
        let second = UnsafeMutableRawBufferPointer(rebasing: memory[size...])
        var position = 0
        while position < leftStatus.st_size {
            let count = try read(left, at: position, into: first)
            guard count > 0, try read(right, at: position, into: second) == count,
                let a = first.baseAddress, let b = second.baseAddress, memcmp(a, b, count) == 0
            else { return false }
            position += count
        }
        return true
    }

    private static func read(_ file: Int32, at position: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
    {
        var filled = 0
        while filled < buffer.count, let base = buffer.baseAddress {
            let count = retrying { pread(file, base + filled, buffer.count - filled, position + filled) }
            guard count >= 0 else { throw ArchiveError.last("read", "file") }
            if count == 0 { break }
            filled += count
        }
        return filled
    }
}
