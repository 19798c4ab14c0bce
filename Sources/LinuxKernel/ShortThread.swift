internal import Glibc
internal import SystemPackage

/// A thread for one piece of work that would spoil any thread it ran on.
enum ShortThread {
    /// Runs `body` on a new thread and waits for its end.
    static func run(_ body: () -> Void) throws(SyscallError) {
        let failure = withoutActuallyEscaping(body) { body -> Int32 in
            withUnsafePointer(to: body) { pointer in
                var thread = pthread_t()
                let result = pthread_create(
                    &thread,
                    nil,
                    { argument in
                        // The pointer is the one below and lives until `pthread_join` returns.
                        argument?.assumingMemoryBound(to: (() -> Void).self).pointee()
                        return nil
                    },
                    UnsafeMutableRawPointer(mutating: UnsafeRawPointer(pointer))
                )
                if result == 0 { pthread_join(thread, nil) }
                return result
            }
        }
        if failure != 0 { throw SyscallError("start a thread", errno: Errno(rawValue: failure)) }
    }
}
