internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A thread of its own for work that blocks.
///
/// The process of a `RUN` dies with the thread that launched it, so a step stays on one thread from start to end.
struct WorkThread: Sendable {
    private let thread: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread.
    init(_ body: @escaping @Sendable () -> Void) throws(SyscallError) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            throw SyscallError("start a thread", errno: Errno(rawValue: status))
        }
        self.thread = thread
    }

    /// Waits for its end; to be called once.
    func join() {
        pthread_join(thread, nil)
    }
}
