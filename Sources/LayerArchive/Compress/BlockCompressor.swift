/// Compresses a stream in blocks on several threads, and hands the compressed blocks on in order.
///
/// Each block is a gzip member or zstd frame of its own, as those formats allow in a row: that is what lets one layer use
/// every processor. The result depends on the bytes, the format, the level and the library alone.
struct BlockCompressor<Next: ByteSink & ~Copyable>: ByteSink, ~Copyable {
    private var next: Next
    private let team: CompressionTeam
    private var filling: CompressionJob?
    private var waiting: [CompressionJob] = []
    private let width: Int

    /// Puts a compressor in front of `next`, with `width` threads.
    ///
    /// - Throws: ``ArchiveError/libraryMissing(name:package:)``.
    init(_ format: CompressionFormat, level: Int, width: Int, next: consuming Next) throws {
        self.next = next
        self.width = max(1, width)
        team = try CompressionTeam(format, level: level, width: self.width)
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let job: CompressionJob
            if let current = filling { job = current } else { job = try freeJob() }
            filling = job
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(job.append(rest)))
            if job.isFull { submit() }
        }
    }

    consuming func finish() throws -> Next.Receipt {
        if filling != nil { submit() }
        while !waiting.isEmpty { _ = try deliver() }
        team.stop()
        return try next.finish()
    }

    private mutating func submit() {
        guard let job = filling else { return }
        team.submit(job)
        waiting.append(job)
        filling = nil
    }

    /// An empty job; when enough are under way the oldest one is waited for, and used again.
    private mutating func freeJob() throws -> CompressionJob {
        guard waiting.count > width else { return team.makeJob() }
        return try deliver()
    }

    private mutating func deliver() throws -> CompressionJob {
        let job = waiting.removeFirst()
        try next.write(try team.result(of: job))
        job.reset()
        return job
    }
}
