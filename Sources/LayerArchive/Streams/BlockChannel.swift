internal import Glibc

/// A bounded queue of byte blocks from one thread to another; the blocks are allocated once and go round.
///
/// Invariant behind `@unchecked Sendable`: every stored property is read and written only with `mutex` held, and a
/// block belongs to exactly one side at a time: the producer between `takeFree` and `send`, the consumer between
/// `receive` and `recycle`, the channel otherwise.
final class BlockChannel: @unchecked Sendable {
    /// One block: its memory and how much of it is filled.
    struct Block {
        let memory: UnsafeMutableRawBufferPointer
        var count = 0
        /// Where it belongs in the file, for whom that matters.
        var position: UInt64 = 0

        /// The filled part.
        var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let memory: [UnsafeMutableRawBufferPointer]
    private var free: [Block]
    private var filled: [Block] = []
    private var ended = false
    private var failure: (any Error)?
    private var consumerGone = false

    /// Makes a channel of `count` blocks.
    init(count: Int, blockSize: Int) {
        memory = (0..<count).map { _ in .allocate(byteCount: blockSize, alignment: 4096) }
        free = memory.map { Block(memory: $0) }
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        for block in memory { block.deallocate() }
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Waits for an empty block; nil when the consumer has gone away.
    func takeFree() -> Block? {
        locked {
            while free.isEmpty, !consumerGone { pthread_cond_wait(changed, mutex) }
            return consumerGone ? nil : free.removeLast()
        }
    }

    /// Hands a filled block to the consumer.
    func send(_ block: Block) {
        locked { filled.append(block) }
    }

    /// Ends the stream, with an error that the consumer sees after the blocks before it.
    func finish(failure: (any Error)? = nil) {
        locked {
            ended = true
            self.failure = failure
        }
    }

    /// Waits for the next filled block; nil at the end of the stream.
    func receive() throws -> Block? {
        try locked {
            while filled.isEmpty, !ended { pthread_cond_wait(changed, mutex) }
            if !filled.isEmpty { return filled.removeFirst() }
            if let failure { throw failure }
            return nil
        }
    }

    /// Gives a block back to the producer.
    func recycle(_ block: Block) {
        locked { free.append(Block(memory: block.memory)) }
    }

    /// Tells the producer that nobody reads any more.
    func abandon() {
        locked { consumerGone = true }
    }

    private func locked<Value>(_ body: () throws -> Value) rethrows -> Value {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return try body()
    }
}
