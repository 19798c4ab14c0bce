internal import Glibc
internal import SystemPackage

/// One kernel thread for blocking work, joined exactly once.
struct WorkerThread {
    private let handle: pthread_t

    /// Starts a thread that runs `body`.
    init(_ body: @escaping @Sendable () -> Void) throws {
        var handle = pthread_t()
        let box = Unmanaged.passRetained(ThreadBody(body))
        let status = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            throw ArchiveError.system(operation: "start", path: "worker thread", errno: Errno(rawValue: status))
        }
        self.handle = handle
    }

    /// Waits until the body has returned.
    func join() {
        pthread_join(handle, nil)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
