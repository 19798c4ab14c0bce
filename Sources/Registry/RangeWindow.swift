internal import Glibc

/// Fetches the rest of a blob by several requests at once, and hands it out in order.
///
/// Parts arrive in any order and wait for their turn in memory, which is bounded: no part is asked for that lies further
/// than a window behind the one that is being read. What cannot be fetched ends the window; whoever reads goes on by a
/// single request, which knows how to deal with faults.
///
/// `@unchecked`: everything that changes is guarded by the mutex.
final class RangeWindow: @unchecked Sendable {
    /// The bytes of a request.
    static let partSize: Int64 = 2 << 20
    /// How many requests are made at once.
    static let width = 4
    /// How many parts may wait or be on their way: 10 MiB.
    private static let depth = 5
    /// How many blobs are fetched so at the same time, for all threads together: 20 MiB.
    private static let windowLimit = 2
    private static let windows = WindowCount(limit: windowLimit)

    private let fetch: @Sendable (_ start: Int64, _ count: Int64, _ isWanted: () -> Bool) -> [UInt8]?
    private let start: Int64
    private let end: Int64
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var parts: [Int: [UInt8]] = [:]
    private var nextAsked = 0
    private var current = 0
    private var position = 0
    /// The part at which the reading ends: behind the last, or the first that cannot be had.
    private var limit: Int

    /// Begins to fetch the bytes from `start` to `end`; nil when enough others do so, or no thread can be made.
    ///
    /// `fetch` gets a part, or nil when it cannot or the part is no longer wanted; it is called from several threads.
    static func open(
        from start: Int64,
        to end: Int64,
        fetch: @escaping @Sendable (_ start: Int64, _ count: Int64, _ isWanted: () -> Bool) -> [UInt8]?
    ) -> RangeWindow? {
        guard windows.take() else { return nil }
        let window = RangeWindow(start, end, fetch)
        let threads = (0..<width).count { _ in window.startWorker() }
        return threads > 0 ? window : nil
    }

    private init(
        _ start: Int64,
        _ end: Int64,
        _ fetch: @escaping @Sendable (_ start: Int64, _ count: Int64, _ isWanted: () -> Bool) -> [UInt8]?
    ) {
        self.start = start
        self.end = end
        limit = Int((end - start + Self.partSize - 1) / Self.partSize)
        self.fetch = fetch
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
        Self.windows.giveBack()
    }

    /// Fills the front of the buffer with the next bytes; nil when they cannot be had in this way.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        locked {
            while parts[current] == nil, current < limit { pthread_cond_wait(changed, mutex) }
            guard let part = parts[current] else { return nil }
            let count = min(buffer.count, part.count - position)
            buffer.copyBytes(from: part[position..<position + count])
            position += count
            if position == part.count {
                parts[current] = nil
                current += 1
                position = 0
            }
            return count
        }
    }

    /// Asks for no part more; those that were asked for can still be read.
    func close() { locked { limit = min(limit, nextAsked) } }

    /// Ends the fetching; threads that wait for the network end when they hear from it.
    func stop() {
        locked {
            limit = 0
            parts = [:]
        }
    }

    private func work() {
        while let index = nextPart() {
            let first = start + Int64(index) * Self.partSize
            let count = min(Self.partSize, end - first)
            guard let bytes = fetch(first, count, { locked { index < limit } }), Int64(bytes.count) == count else {
                // Parts before this one may still be read; what comes behind it is of no use.
                return locked { limit = min(limit, index) }
            }
            locked { if index < limit { parts[index] = bytes } }
        }
    }

    private func nextPart() -> Int? {
        locked {
            while nextAsked >= current + Self.depth, nextAsked < limit { pthread_cond_wait(changed, mutex) }
            guard nextAsked < limit else { return nil }
            nextAsked += 1
            return nextAsked - 1
        }
    }

    private func startWorker() -> Bool {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<RangeWindow>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(changed)
            pthread_mutex_unlock(mutex)
        }
        return body()
    }
}
