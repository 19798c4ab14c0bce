internal import Glibc
internal import LinuxKernel

/// Written once, before the first handler is installed, and only read by the handler.
nonisolated(unsafe) private var signalWriteEnd: Int32 = -1

/// Turns signals of this process into bytes of a pipe, so that one `poll` waits for them beside everything else.
///
/// A handler serves all threads, whichever of them the kernel chooses. There is one pipe in a process, since signals
/// are a property of the process; it stays open for its life.
struct SignalPipe {
    /// Readable when a signal has come; each byte is a signal's number.
    let file: Int32

    init(_ numbers: [Int32]) throws(SyscallError) {
        let ends = try OwnedFD.pipe()
        let write = try ends.write.duplicate()
        file = try ends.read.duplicate().release()
        signalWriteEnd = write.release()
        for descriptor in [file, signalWriteEnd] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        for number in numbers {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                // Only what POSIX allows in a handler: a write, and errno as it was.
                let before = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = passOn(&byte)
                errno = before
            }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
        // A caller may have blocked what is waited for here.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        for number in numbers { sigaddset(&wanted, number) }
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
    }

    /// The signals that have come since the last call.
    func take() -> [Int32] {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? bytes[..<count].map { Int32($0) } : []
    }
}

private func passOn(_ byte: UnsafePointer<UInt8>) -> Int { write(signalWriteEnd, byte, 1) }
