internal import Glibc
internal import LinuxKernel
internal import SystemPackage

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
        var threads: [pthread_t] = []
        for _ in 1..<max(1, min(width, count)) {
            // With fewer threads than wished the work takes longer, nothing else.
            guard let thread = start(work) else { break }
            threads.append(thread)
        }
        work()
        for thread in threads { pthread_join(thread, nil) }
        return try shared.values()
    }

    private static func start(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        if status == 0 { return thread }
        box.release()
        return nil
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
