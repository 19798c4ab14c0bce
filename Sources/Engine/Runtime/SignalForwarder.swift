internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel

/// Hands the signals that this process gets to another, while it is waited for.
final class SignalForwarder {
    private static let forwarded = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT]
    private let thread: ForwardingThread

    /// Blocks the signals in every thread made from here on, and starts to forward them.
    init(to process: RunningProcess) throws {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in Self.forwarded { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        thread = ForwardingThread(signals: set, process: process)
    }

    /// Ends the forwarding; the signals stay blocked, because this process is about to end.
    func stop() { thread.stop() }
}

/// The thread that waits for signals.
private final class ForwardingThread: @unchecked Sendable {
    // Safe: all properties are constants but `thread`, which only the maker touches.
    private let signals: sigset_t
    private let process: RunningProcess
    private var thread = pthread_t()

    init(signals: sigset_t, process: RunningProcess) {
        self.signals = signals
        self.process = process
        pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<ForwardingThread>.fromOpaque(argument).takeRetainedValue().forward()
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
    }

    private func forward() {
        var signals = signals
        while true {
            var signal: Int32 = 0
            guard sigwait(&signals, &signal) == 0 else { continue }
            if signal == SIGCONT { return }
            try? process.signal(signal)  // it may have ended this instant
        }
    }

    func stop() {
        pthread_kill(thread, SIGCONT)
        pthread_join(thread, nil)
    }
}
