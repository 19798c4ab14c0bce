internal import Glibc
internal import SystemPackage

/// The size of the blocks in which file contents move: large enough for the disk, small enough for the cache.
let blockSize = 1 << 20

/// The thread's `errno` as a value.
func currentErrno() -> Errno { Errno(rawValue: errno) }

/// Repeats a system call that a signal interrupted.
func retrying<Value: FixedWidthInteger & SignedInteger>(_ call: () -> Value) -> Value {
    while true {
        let result = call()
        if result == -1, errno == EINTR { continue }
        return result
    }
}

/// Writes all bytes, however often the kernel takes only some of them.
func writeFully(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, name: @autoclosure () -> String) throws {
    var rest = bytes
    while let base = rest.baseAddress, rest.count > 0 {
        let written = retrying { Glibc.write(descriptor, base, rest.count) }
        guard written >= 0 else { throw ArchiveError.last("write", name()) }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
}

/// Writes all bytes at a place in a file.
func writeFully(
    _ bytes: UnsafeRawBufferPointer,
    to descriptor: Int32,
    at position: UInt64,
    name: @autoclosure () -> String
) throws {
    var rest = bytes
    var place = Int(position)
    while let base = rest.baseAddress, rest.count > 0 {
        let written = retrying { pwrite(descriptor, base, rest.count, place) }
        guard written >= 0 else { throw ArchiveError.last("write", name()) }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        place += written
    }
}

/// Reads until the buffer is full or the file ends, and tells how much arrived.
func readFully(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, name: @autoclosure () -> String) throws
    -> Int
{
    var filled = 0
    while filled < buffer.count, let base = buffer.baseAddress {
        let count = retrying { Glibc.read(descriptor, base + filled, buffer.count - filled) }
        guard count >= 0 else { throw ArchiveError.last("read", name()) }
        if count == 0 { break }
        filled += count
    }
    return filled
}
