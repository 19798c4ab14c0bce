internal import Glibc
internal import LinuxKernel

/// Blocking work on a few threads of its own, never on the cooperative pool.
enum ParallelWork {
    /// How many threads hashing can keep busy: one a processor, and not so many that their buffers count.
    static var width: Int { max(1, min(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 16)) }

    /// Calls `body` with every index below `count`, on at most `width` threads at once, the calling one among them.
    ///
    /// - Throws: The error of the smallest index that failed; once one has failed, no further index is begun.
    static func map<Value: Sendable>(
        _ count: Int,
        width: Int = ParallelWork.width,
        _ body: @escaping @Sendable (Int) throws -> Value
    ) throws -> [Value] {
        let shared = SharedWork<Value>(count: count)
        let work: @Sendable () -> Void = {
            while let index = shared.next() { shared.finish(index, Result { try body(index) }) }
        }
        var threads: [WorkThread] = []
        for _ in 1..<max(2, min(width, count)) where width > 1 && count > 1 {
            // With fewer threads than wished the work takes longer, nothing else.
            guard let thread = try? WorkThread(work) else { break }
            threads.append(thread)
        }
        work()
        for thread in threads { thread.join() }
        return try shared.values()
    }
}
