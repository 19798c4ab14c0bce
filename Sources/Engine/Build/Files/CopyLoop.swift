internal import Glibc
internal import LinuxKernel

/// Copies the bytes of one open file to another.
enum CopyLoop {
    /// Copies `count` bytes, inside the kernel where it can.
    static func copy(
        from source: borrowing OwnedFD,
        to destination: borrowing OwnedFD,
        count: Int64,
        name: String
    ) throws {
        let done = try FileCopy.copyRange(from: source, at: 0, to: destination, at: 0, count: count)
        if let done {
            guard done == count else { throw CopyError.changed(name) }
            return
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var position: Int64 = 0
        let descriptor = source.raw
        while position < count {
            let read = try check("read", name) { pread(descriptor, buffer.baseAddress, buffer.count, Int(position)) }
            guard read > 0 else { throw CopyError.changed(name) }
            try FileIO.writeAll(
                descriptor: destination.raw,
                UnsafeRawBufferPointer(rebasing: buffer[..<read]),
                name: name
            )
            position += Int64(read)
        }
    }
}
