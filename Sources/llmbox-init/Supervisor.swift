internal import Glibc
internal import LinuxKernel

/// Process 1 for programs that were not written to be it: forwards signals and collects orphans.
enum Supervisor {
    /// Forks; the child runs `command`, and this process stays until the child has ended.
    static func supervise(_ command: () -> Never) -> Never {
        var all = sigset_t()
        sigfillset(&all)
        // Signals are waited for, not handled: there is no instant in which one could be missed.
        sigprocmask(SIG_BLOCK, &all, nil)
        let child = fork()
        if child == 0 {
            // A group of its own, in the foreground of the terminal if there is one, as a shell would arrange it.
            setpgid(0, 0)
            if isatty(0) == 1 { tcsetpgrp(0, getpid()) }
            ProcessControl.resetSignals()
            command()
        }
        guard child > 0 else { exit(125) }
        // The channel must close when the child executes its command, not when this process ends.
        try? ProcessControl.closeAll(from: 3)  // cannot fail for a valid range
        while true {
            var signal: Int32 = 0
            guard sigwait(&all, &signal) == 0 else { continue }
            if signal == SIGCHLD {
                collect(until: child)
            } else {
                kill(child, signal)
            }
        }
    }

    /// Collects every child that has ended; ends with the status of the one that matters.
    private static func collect(until child: pid_t) {
        while true {
            var status: Int32 = 0
            let ended = waitpid(-1, &status, WNOHANG)
            if ended <= 0 { return }
            guard ended == child else { continue }
            let signal = status & 0x7f
            exit(signal == 0 ? (status >> 8) & 0xff : 128 + signal)
        }
    }
}
