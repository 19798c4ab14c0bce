internal import Glibc

/// Writes a new file from its front to its end and leaves out blocks of nothing but zeros, which become holes.
///
/// A tar stream says nothing about holes, so a sparse file would come out of it as large as it claims to be; what is
/// read back is the same bytes either way.
struct HoleWriter {
    private static let block = 4096
    private let descriptor: Int32
    private let name: String
    /// How many bytes of the file are settled.
    private(set) var position: Int

    /// Begins at `position` of a file that has nothing but holes behind it.
    init(_ descriptor: Int32, at position: Int = 0, name: String) {
        self.descriptor = descriptor
        self.name = name
        self.position = position
    }

    /// Adds the next bytes.
    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        // The beginning of what was seen to have content and is not yet written.
        var start = 0
        var end = 0
        while end < bytes.count {
            // Whole blocks of the file, wherever the pieces of the stream begin.
            let count = min(Self.block - (position + end) % Self.block, bytes.count - end)
            if Self.isZero(UnsafeRawBufferPointer(rebasing: bytes[end..<end + count])) {
                try put(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), at: position + start)
                start = end + count
            }
            end += count
        }
        try put(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), at: position + start)
        position += bytes.count
    }

    /// Gives the file its length, which a hole at its end has not done.
    func finish() throws {
        guard ftruncate(descriptor, position) == 0 else { throw ArchiveError.last("set the size of", name) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer, at position: Int) throws {
        var done = 0
        while done < bytes.count {
            let written = retrying {
                pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, position + done)
            }
            guard written >= 0 else { throw ArchiveError.last("write", name) }
            done += written
        }
    }

    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Nearly every block is told by its first byte; the rest is compared with itself, one byte on.
        guard let base = bytes.baseAddress, bytes[0] == 0 else { return bytes.isEmpty }
        return memcmp(base, base + 1, bytes.count - 1) == 0
    }
}
