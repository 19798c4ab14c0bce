internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension InitProcess {
    /// Runs a hook with the container's state on its standard input and waits for its end.
    func run(_ hook: HookCommand) throws(SyscallError) {
        // procfs of the host names this process by the number that the host knows.
        let id = try process.readLink("self")
        let child = try start(hook, state: Array((hook.stateBeforeID + id + hook.stateAfterID).utf8))
        try collect(child, hook)
    }

    private func start(_ hook: HookCommand, state: [UInt8]) throws(SyscallError) -> pid_t {
        let input = try OwnedFD.pipe()
        let child = fork()
        guard child >= 0 else { throw SyscallError("fork for a hook") }
        if child == 0 { become(hook, input: input.read.raw) }
        let writer = input.write.raw
        // A hook need not read its input; what it does not take is no failure.
        _ = signal(SIGPIPE, SIG_IGN)
        _ = state.withUnsafeBytes { write(writer, $0.baseAddress, $0.count) }
        _ = signal(SIGPIPE, SIG_DFL)
        return child  // and the end of the input closes behind it
    }

    private func become(_ hook: HookCommand, input: Int32) -> Never {
        dup2(input, 0)
        // The conversation with the parent is none of the hook's business.
        try? ProcessControl.closeAll(from: 3)  // cannot fail for a valid range
        var arguments: [UnsafeMutablePointer<CChar>?] =
            (hook.arguments.isEmpty ? [hook.path] : hook.arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = hook.environment.map { strdup($0) } + [nil]
        execve(hook.path, &arguments, &environment)
        exit(errno == ENOENT ? 127 : 126)
    }

    private func collect(_ child: pid_t, _ hook: HookCommand) throws(SyscallError) {
        let end = hook.timeout > 0 ? now() + Int(hook.timeout) * 1000 : Int.max
        var status: Int32 = 0
        while true {
            let ended = waitpid(child, &status, hook.timeout > 0 ? WNOHANG : 0)
            if ended == child { break }
            if ended < 0, errno != EINTR { throw SyscallError("wait for hook", hook.path) }
            guard now() < end else {
                kill(child, SIGKILL)
                _ = waitpid(child, &status, 0)
                throw SyscallError("wait for hook", hook.path, errno: .timedOut)
            }
            if hook.timeout > 0 { usleep(5000) }
        }
        guard status != 0 else { return }
        let why = status & 0x7f == 0 ? "status \((status >> 8) & 0xff)" : "signal \(status & 0x7f)"
        throw SyscallError("run hook, which ended with \(why),", hook.path, errno: .canceled)
    }

    private func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }
}
