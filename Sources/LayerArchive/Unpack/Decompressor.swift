internal import CArchive

/// Undoes one layer of compression of another source, in this process and without helper programs (CVE-2026-41567).
///
/// gzip goes through ISA-L where that is installed, which takes half the time of the zlib behind libarchive; everything else
/// through libarchive. A class, because the libraries keep a pointer to its input.
final class Decompressor<Source: ByteSource>: ByteSource {
    private let format: CompressionFormat
    private let input: CompressedInput<Source>
    private let engine: Engine
    private var block = UnsafeRawBufferPointer(start: nil, count: 0)
    private var ended = false

    /// What does the work.
    private enum Engine {
        /// ISA-L, which writes into the reader's own buffer.
        case inflater(OpaquePointer)
        /// libarchive, which hands out blocks.
        case archive(OpaquePointer)
    }

    // Tests compare the two: `usesInflater` says whether ISA-L is asked first.
    init(_ source: Source, format: CompressionFormat, filter: llb_filter, usesInflater: Bool = true) throws {
        self.format = format
        input = CompressedInput(source)
        let next: llb_read_function = { context, bytes in
            guard let context, let bytes else { return -1 }
            return Unmanaged<CompressedInputBase>.fromOpaque(context).takeUnretainedValue().next(bytes)
        }
        let context = Unmanaged<CompressedInputBase>.passUnretained(input).toOpaque()
        if format == .gzip, usesInflater, let inflater = llb_inflater_open(next, context) {
            engine = .inflater(inflater)
            return
        }
        guard llb_archive_load() == 0 else {
            throw ArchiveError.libraryMissing(name: "libarchive.so.13", package: "libarchive13")
        }
        guard let handle = llb_decompressor_open(filter, next, context) else {
            throw ArchiveError.badCompression(format: format.rawValue, reason: "libarchive has no filter for it")
        }
        engine = .archive(handle)
    }

    deinit {
        switch engine {
        case .inflater(let handle): llb_inflater_close(handle)
        case .archive(let handle): llb_decompressor_close(handle)
        }
    }

    /// Whether ISA-L does the work.
    var isInflater: Bool { if case .inflater = engine { true } else { false } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        switch engine {
        case .inflater(let handle): try inflate(handle, into: buffer)
        case .archive(let handle): try readBlock(of: handle, into: buffer)
        }
    }

    private func inflate(_ handle: OpaquePointer, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard !ended, !buffer.isEmpty else { return 0 }
        let count = llb_inflater_read(handle, buffer.baseAddress, buffer.count)
        try check(count) { llb_inflater_error(handle) }
        if count == 0 { try end() }
        return Int(count)
    }

    private func readBlock(of handle: OpaquePointer, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if block.isEmpty, !ended { try nextBlock(of: handle) }
        let count = min(block.count, buffer.count)
        guard count > 0 else { return 0 }
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[..<count]))
        block = UnsafeRawBufferPointer(rebasing: block[count...])
        return count
    }

    private func nextBlock(of handle: OpaquePointer) throws {
        var bytes: UnsafeRawPointer?
        let count = llb_decompressor_next(handle, &bytes)
        try check(count) { llb_decompressor_error(handle) }
        if count == 0 { try end() }
        block = UnsafeRawBufferPointer(start: bytes, count: Int(count))
    }

    private func check(_ count: Int64, _ reason: () -> UnsafePointer<CChar>) throws {
        if let failure = input.failure { throw failure }
        guard count >= 0 else {
            throw ArchiveError.badCompression(format: format.rawValue, reason: String(cString: reason()))
        }
    }

    private func end() throws {
        ended = true
        // What stands behind the compressed data is part of the blob, and of its digest.
        try input.drain()
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
