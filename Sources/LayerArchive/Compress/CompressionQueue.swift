internal import Glibc

/// One block on its way through a compressor.
final class CompressionJob {
    private let memory: UnsafeMutableRawBufferPointer
    private var filled = 0
    /// Where the compressed block goes.
    let output: UnsafeMutableRawBufferPointer
    fileprivate var produced = 0
    fileprivate var isDone = false

    init(blockSize: Int, bound: Int) {
        memory = .allocate(byteCount: blockSize, alignment: 4096)
        output = .allocate(byteCount: bound, alignment: 4096)
    }

    deinit {
        memory.deallocate()
        output.deallocate()
    }

    /// What is to be compressed.
    var input: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<filled]) }

    /// Whether nothing more fits.
    var isFull: Bool { filled == memory.count }

    /// Takes as many bytes as fit, and tells how many.
    func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let count = min(bytes.count, memory.count - filled)
        let target = UnsafeMutableRawBufferPointer(rebasing: memory[filled..<filled + count])
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        filled += count
        return count
    }

    /// Empties the job for another block.
    func reset() { (filled, produced, isDone) = (0, 0, false) }
}

/// Hands blocks to the threads that compress them, and back.
///
/// Invariant behind `@unchecked Sendable`: the properties are touched only with `mutex` held, and a job belongs to one
/// side at a time: to the caller until it is submitted and again once it is done, to one thread in between.
final class CompressionQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue: [CompressionJob] = []
    private var isClosed = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Queues a job.
    func submit(_ job: CompressionJob) { locked { queue.append(job) } }

    /// Waits for a job to do; nil when there will be none.
    func next() -> CompressionJob? {
        locked {
            while queue.isEmpty, !isClosed { pthread_cond_wait(changed, mutex) }
            return queue.isEmpty ? nil : queue.removeFirst()
        }
    }

    /// Gives a job back; `produced` is the length of the compressed block, 0 for a failure.
    func finish(_ job: CompressionJob, produced: Int) {
        locked {
            job.produced = produced
            job.isDone = true
        }
    }

    /// Waits for a job's compressed block; nil when that failed.
    func result(of job: CompressionJob) -> UnsafeRawBufferPointer? {
        let produced = locked {
            while !job.isDone { pthread_cond_wait(changed, mutex) }
            return job.produced
        }
        return produced > 0 ? UnsafeRawBufferPointer(rebasing: job.output[..<produced]) : nil
    }

    /// Says that nothing more will be submitted.
    func close() { locked { isClosed = true } }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return body()
    }
}
