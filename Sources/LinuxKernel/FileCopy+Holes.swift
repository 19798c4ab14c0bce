internal import Glibc

extension FileCopy {
    /// Looking for holes costs more than writing so many zeros.
    private static let smallSize: Int64 = 64 << 10

    /// Copies the content of a regular file of `size` bytes into an empty one, inside the kernel where it can.
    ///
    /// Blocks are shared where the file system knows how, and holes stay holes. Neither file position counts or is kept.
    public static func content(
        from source: borrowing OwnedFD,
        to destination: borrowing OwnedFD,
        size: Int64,
        name: String
    ) throws(SyscallError) {
        if try reflink(from: source, to: destination) { return }
        let isSmall = size <= smallSize
        if isSmall, try copyRange(from: source, at: 0, to: destination, at: 0, count: size) != nil { return }
        let (from, to) = (source.raw, destination.raw)
        try check("set the length of", name) { ftruncate(to, off_t(size)) }
        var offset: Int64 = 0
        while offset < size {
            let start = lseek(from, off_t(offset), SEEK_DATA)
            // Nothing but a hole is left; or the file system knows no holes, and all of it is data.
            if start < 0, errno == ENXIO { return }
            let begin = start < 0 ? offset : Int64(start)
            let hole = lseek(from, off_t(begin), SEEK_HOLE)
            let end = hole < 0 ? size : min(Int64(hole), size)
            guard end > begin else { return }
            if try copyRange(from: source, at: begin, to: destination, at: begin, count: end - begin) == nil {
                try copy(from, to, begin..<end, name)
            }
            offset = end
        }
    }

    private static func copy(
        _ source: Int32,
        _ destination: Int32,
        _ range: Range<Int64>,
        _ name: String
    ) throws(SyscallError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let wanted = Int(min(Int64(buffer.count), range.upperBound - offset))
            let count = Int(try check("read", name) { pread(source, &buffer, wanted, off_t(offset)) })
            if count == 0 { return }
            var written = 0
            while written < count {
                written += Int(
                    try check("write", name) {
                        buffer.withUnsafeBytes {
                            pwrite(
                                destination,
                                $0.baseAddress.map { $0 + written },
                                count - written,
                                off_t(offset) + off_t(written)
                            )
                        }
                    }
                )
            }
            offset += Int64(count)
        }
    }
}
