internal import Synchronization

/// What the threads of one piece of work share: which index comes next, and what came out.
final class SharedWork<Value: Sendable>: Sendable {
    private struct State {
        var next = 0
        var results: [Result<Value, any Error>?]
        var hasFailed = false
    }

    private let state: Mutex<State>

    init(count: Int) {
        state = Mutex(State(results: Array(repeating: nil, count: count)))
    }

    /// The next index to work on; nil when there is none, or when something has failed.
    func next() -> Int? {
        state.withLock { state in
            guard !state.hasFailed, state.next < state.results.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Keeps what came out of an index.
    func finish(_ index: Int, _ result: sending Result<Value, any Error>) {
        state.withLock { state in
            if case .failure = result { state.hasFailed = true }
            state.results[index] = result
        }
    }

    /// All results in order, or the first error.
    func values() throws -> [Value] {
        try state.withLock { state in try state.results.compactMap { try $0?.get() } }
    }
}
