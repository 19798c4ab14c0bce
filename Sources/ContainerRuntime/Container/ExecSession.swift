internal import Glibc
public import LaunchProtocol
internal import LinuxKernel

/// A further process in a running container, with the caller's streams for as long as it runs.
public enum ExecSession {
    /// Runs a plan in a container.
    ///
    /// - Parameters:
    ///   - plan: what to do; it joins the namespaces of `target`.
    ///   - target: the container's first process.
    ///   - cgroups: the container's control groups, as directories of the host.
    ///   - attachesInput: whether the caller's standard input is the process's.
    ///   - isDetached: whether the process runs on alone, with nothing attached.
    /// - Returns: the exit code, 128 + n after signal n; 0 for a detached process.
    /// - Throws: ``LaunchError``.
    /// - Important: blocks until the process has ended, unless it is detached.
    public static func run(
        _ plan: LaunchPlan,
        target: Int32,
        cgroups: [String],
        attachesInput: Bool,
        isDetached: Bool
    ) throws -> Int32 {
        // Never the caller's own descriptors: what is open for writing on the host could be opened again through
        // `/proc/self/fd`, and a terminal takes input from whoever holds it.
        let standardIO: StandardIO =
            isDetached ? .null : plan.terminal != nil ? .terminal : .pipes(input: attachesInput)
        let request = ExecRequest(target: target, plan: plan, cgroupDirectories: cgroups, standardIO: standardIO)
        let process = try Launcher.exec(request)
        try process.start()
        if isDetached { return 0 }
        let attachment: StreamAttachment =
            plan.terminal != nil && attachesInput
            ? .terminal(input: STDIN_FILENO, output: STDOUT_FILENO)
            : .streams(input: attachesInput ? STDIN_FILENO : nil, output: STDOUT_FILENO, error: STDERR_FILENO)
        try pump(process, attachment)
        return try process.wait().shellStatus
    }

    private static func pump(_ process: RunningProcess, _ attachment: StreamAttachment) throws {
        let signals = try SignalPipe([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH])
        let log = try LogWriter(path: "/dev/null", settings: LogSettings(keepsOutput: false))
        let pump = StreamPump(process: process, attachment: attachment, log: log, keepsInputOpen: false)
        var terminal: CallerTerminal?
        if case .terminal(let input, let output) = attachment, let inner = pump.terminal {
            terminal = CallerTerminal(raw: input)
            CallerTerminal.copySize(from: output, to: inner)
        }
        defer { terminal?.restore() }
        pump.run(wake: signals.file) {
            for signal in signals.take() {
                if signal == SIGWINCH {
                    guard case .terminal(_, let output) = attachment, let inner = pump.terminal else { continue }
                    CallerTerminal.copySize(from: output, to: inner)
                } else {
                    // The process may have ended this instant; then there is nobody to tell.
                    try? process.signal(signal)
                }
            }
        }
    }
}
