internal import Engine
internal import Synchronization

/// Progress as lines that only ever grow, in BuildKit's form: for logs and for tools that read them.
final class PlainDisplay: BuildDisplay {
    private let state = Mutex((renderer: PlainRenderer(), isFinished: false))

    init() {
        Ticker.start(every: 500) { [weak self] in self?.tick() ?? false }
    }

    func show(_ event: BuildEvent) {
        // Written inside, so that lines appear in the order in which they were made.
        state.withLock { Self.write($0.renderer.show(event, at: Stopwatch.now)) }
    }

    func finish() {
        state.withLock {
            $0.isFinished = true
            Self.write($0.renderer.finish())
        }
    }

    private func tick() -> Bool {
        state.withLock { state in
            guard !state.isFinished else { return false }
            Self.write(state.renderer.tick(at: Stopwatch.now))
            return true
        }
    }

    private static func write(_ text: String) {
        if !text.isEmpty { ErrorPresenter.write(text) }
    }
}
