internal import Glibc
internal import Synchronization

/// Runs blocking work on a few threads of its own, never on the cooperative pool.
enum WorkerPool {
    /// Calls `body` for each item on up to `width` threads, and throws the first error once all have stopped.
    ///
    /// After an error no further item is begun.
    static func forEach<Item: Sendable>(
        _ items: [Item],
        width: Int,
        _ body: @escaping @Sendable (Item) throws -> Void
    ) throws {
        let state = Mutex(State())
        let work: @Sendable () -> Void = {
            while true {
                let next = state.withLock { state -> Item? in
                    guard state.error == nil, state.next < items.count else { return nil }
                    defer { state.next += 1 }
                    return items[state.next]
                }
                guard let item = next else { return }
                do {
                    try body(item)
                } catch {
                    state.withLock { if $0.error == nil { $0.error = error } }
                }
            }
        }
        let shared = Work(run: work)
        // The calling thread is one of the workers; when no other can be made, it does everything.
        let threads = (1..<max(1, min(width, items.count))).compactMap { _ in start(shared) }
        work()
        for thread in threads { pthread_join(thread, nil) }
        if let error = state.withLock({ $0.error }) { throw error }
    }

    private struct State {
        var next = 0
        var error: (any Error)?
    }

    private final class Work: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private static func start(_ work: Work) -> pthread_t? {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(work)
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            return nil
        }
        return thread
    }
}
