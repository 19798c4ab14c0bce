internal import CArchive
internal import Glibc

/// The threads that compress blocks for one stream.
final class CompressionTeam {
    private let format: CompressionFormat
    private let blockSize: Int
    private let bound: Int
    private let queue = CompressionQueue()
    private var threads: [WorkerThread] = []

    /// Starts `width` threads.
    ///
    /// - Throws: ``ArchiveError/libraryMissing(name:package:)``.
    init(_ format: CompressionFormat, level: Int, width: Int) throws {
        guard let filter = format.filter, let first = llb_compressor_open(filter, Int32(level)) else {
            let isZstd = format == .zstd
            throw ArchiveError.libraryMissing(
                name: isZstd ? "libzstd.so.1" : "libdeflate.so.0",
                package: isZstd ? "libzstd1" : "libdeflate0"
            )
        }
        self.format = format
        // A gzip window is 32 KiB and loses little at each border; zstd's are megabytes.
        blockSize = format == .zstd ? 4 << 20 : 1 << 20
        bound = llb_compressor_bound(first, blockSize)
        llb_compressor_close(first)
        for _ in 0..<width {
            guard let compressor = llb_compressor_open(filter, Int32(level)) else { continue }
            let (box, queue) = (CompressorBox(compressor), queue)
            threads.append(try WorkerThread { box.work(queue) })
        }
    }

    deinit { stop() }

    /// Makes room for a block.
    func makeJob() -> CompressionJob { CompressionJob(blockSize: blockSize, bound: bound) }

    /// Lets a thread compress a block.
    func submit(_ job: CompressionJob) { queue.submit(job) }

    /// Waits until a block is compressed.
    func result(of job: CompressionJob) throws -> UnsafeRawBufferPointer {
        guard let bytes = queue.result(of: job) else {
            throw ArchiveError.badCompression(format: format.rawValue, reason: "the library does not compress a block")
        }
        return bytes
    }

    /// Ends the threads once they have nothing more to do.
    func stop() {
        queue.close()
        for thread in threads { thread.join() }
        threads = []
    }
}

/// Invariant behind `@unchecked Sendable`: one thread alone uses the compressor.
private final class CompressorBox: @unchecked Sendable {
    private let compressor: OpaquePointer

    init(_ compressor: OpaquePointer) { self.compressor = compressor }

    deinit { llb_compressor_close(compressor) }

    func work(_ queue: CompressionQueue) {
        while let job = queue.next() {
            let (input, output) = (job.input, job.output)
            let count = llb_compressor_block(
                compressor,
                input.baseAddress,
                input.count,
                output.baseAddress,
                output.count
            )
            queue.finish(job, produced: count)
        }
    }
}
