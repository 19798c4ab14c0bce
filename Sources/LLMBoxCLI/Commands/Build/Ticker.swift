internal import Glibc

/// Calls something again and again on a thread of its own.
enum Ticker {
    private final class Body: Sendable {
        let milliseconds: UInt32
        let run: @Sendable () -> Bool

        init(milliseconds: UInt32, run: @escaping @Sendable () -> Bool) {
            self.milliseconds = milliseconds
            self.run = run
        }
    }

    /// Starts; ends when `body` returns false.
    static func start(every milliseconds: UInt32, _ body: @escaping @Sendable () -> Bool) {
        let box = Unmanaged.passRetained(Body(milliseconds: milliseconds, run: body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                while body.run() { usleep(body.milliseconds * 1000) }
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            // Without the thread the display moves with events only.
            box.release()
            return
        }
        pthread_detach(thread)
    }
}
