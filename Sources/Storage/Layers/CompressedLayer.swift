internal import Glibc
internal import LayerArchive
internal import SystemPackage

/// A layer's compressed stream, which is on the disk for as long as this value lives and has no name there.
public final class CompressedLayer: Sendable {
    /// What the stream is.
    public let form: CompressedForm
    private let file: StoreFile

    init(_ form: CompressedForm, file: StoreFile) {
        self.form = form
        self.file = file
    }

    /// Hands out the stream from `offset` on, piece by piece.
    ///
    /// - Throws: What `body` throws, and errors of the disk.
    public func read(from offset: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var position = Int(offset)
        while true {
            let count = pread(file.descriptor, buffer.baseAddress, buffer.count, position)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw StoreFiles.failure("read", "a compressed layer") }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += count
        }
    }
}
