internal import CArchive

/// Undoes one layer of compression of another source, in this process and without helper programs (CVE-2026-41567).
///
/// A class, because libarchive keeps a pointer to it.
final class Decompressor<Source: ByteSource>: ByteSource {
    private let format: CompressionFormat
    private let input: CompressedInput<Source>
    private let handle: OpaquePointer
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    private var ended = false

    init(_ source: Source, format: CompressionFormat, filter: llb_filter) throws {
        guard llb_archive_load() == 0 else {
            throw ArchiveError.libraryMissing(name: "libarchive.so.13", package: "libarchive13")
        }
        self.format = format
        input = CompressedInput(source)
        let handle = llb_decompressor_open(
            filter,
            { context, bytes in
                guard let context, let bytes else { return -1 }
                return Unmanaged<CompressedInputBase>.fromOpaque(context).takeUnretainedValue().next(bytes)
            },
            Unmanaged<CompressedInputBase>.passUnretained(input).toOpaque()
        )
        guard let handle else {
            throw ArchiveError.badCompression(format: format.rawValue, reason: "libarchive has no filter for it")
        }
        self.handle = handle
    }

    deinit {
        llb_decompressor_close(handle)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if block.isEmpty, !ended { try nextBlock() }
        let count = min(block.count, buffer.count)
        guard count > 0 else { return 0 }
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[..<count]))
        block = UnsafeRawBufferPointer(rebasing: block[count...])
        return count
    }

    private func nextBlock() throws {
        var bytes: UnsafeRawPointer?
        let count = llb_decompressor_next(handle, &bytes)
        if let failure = input.failure { throw failure }
        guard count >= 0 else {
            let reason = String(cString: llb_decompressor_error(handle))
            throw ArchiveError.badCompression(format: format.rawValue, reason: reason)
        }
        if count == 0 {
            ended = true
            // What stands behind the compressed data is part of the blob, and of its digest.
            try input.drain()
        }
        block = UnsafeRawBufferPointer(start: bytes, count: Int(count))
    }
}

/// What the C callback sees of the generic input.
private class CompressedInputBase {
    func next(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int64 { -1 }
}

/// The compressed side: reads blocks on demand and keeps the error that C cannot carry.
private final class CompressedInput<Source: ByteSource>: CompressedInputBase {
    private(set) var failure: (any Error)?
    private var source: Source
    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)

    init(_ source: Source) {
        self.source = source
    }

    deinit {
        memory.deallocate()
    }

    override func next(_ bytes: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int64 {
        do {
            let count = try source.read(into: memory)
            bytes.pointee = UnsafeRawPointer(memory.baseAddress)
            return Int64(count)
        } catch {
            failure = error
            return -1
        }
    }

    func drain() throws {
        while try source.read(into: memory) > 0 {}
    }
}
