internal import Glibc
public import LaunchProtocol
internal import LinuxKernel

/// A further process in a running container, with the caller's streams for as long as it runs.
public enum ExecSession {
    /// How a session ended.
    public enum Ending: Equatable, Sendable {
        /// The process ended with this code, 128 + n after signal n; 0 for one that was detached from the start.
        case exited(Int32)
        /// The caller typed the keys to detach, and the process goes on.
        case detached
    }

    /// Runs a plan in a container.
    ///
    /// - Parameters:
    ///   - plan: what to do; it joins the namespaces of `target`.
    ///   - target: the container's first process.
    ///   - cgroups: the container's control groups, as directories of the host.
    ///   - attachesInput: whether the caller's standard input is the process's.
    ///   - isDetached: whether the process runs on alone, with nothing attached.
    ///   - detachKeys: the keys that leave a process with a terminal running.
    ///   - foreign: the same process for the runtime that the container is of, where that is another.
    /// - Returns: how it ended.
    /// - Throws: ``LaunchError``.
    /// - Important: blocks until the process has ended, unless it is detached.
    public static func run(
        _ plan: LaunchPlan,
        target: Int32,
        cgroups: [String],
        attachesInput: Bool,
        isDetached: Bool,
        detachKeys: DetachKeys = .standard,
        foreign: ForeignProcess? = nil
    ) throws -> Ending {
        // Never the caller's own descriptors: what is open for writing on the host could be opened again through
        // `/proc/self/fd`, and a terminal takes input from whoever holds it.
        let standardIO: StandardIO =
            plan.terminal != nil ? .terminal : isDetached ? .null : .pipes(input: attachesInput)
        var request = ExecRequest(target: target, plan: plan, cgroupDirectories: cgroups, standardIO: standardIO)
        request.foreign = foreign
        let process = try Launcher.exec(request)
        try process.start()
        if isDetached {
            if let terminal = process.takeTerminal() { try TerminalHolder.start(terminal.raw) }
            return .exited(0)
        }
        let attachment: StreamAttachment =
            plan.terminal != nil && attachesInput
            ? .terminal(input: STDIN_FILENO, output: STDOUT_FILENO)
            : .streams(input: attachesInput ? STDIN_FILENO : nil, output: STDOUT_FILENO, error: STDERR_FILENO)
        if try pump(process, attachment, detachKeys) == .detached { return .detached }
        return .exited(try process.wait().shellStatus)
    }

    private static func pump(
        _ process: RunningProcess,
        _ attachment: StreamAttachment,
        _ keys: DetachKeys
    ) throws -> StreamPump.Ending {
        let signals = try SignalPipe([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH])
        let log = try LogWriter(path: "/dev/null", settings: LogSettings(keepsOutput: false))
        var terminal: CallerTerminal?
        if case .terminal(let input, _) = attachment { terminal = CallerTerminal(raw: input) }
        defer { terminal?.restore() }
        let pump = StreamPump(
            process: process,
            attachment: attachment,
            log: log,
            keepsInputOpen: false,
            detachKeys: terminal == nil ? nil : keys
        )
        let followSize = {
            guard let output = attachment.descriptor(for: .output), let inner = pump.terminal else { return }
            TerminalSize.of(output)?.apply(to: inner)
        }
        followSize()
        let ending = pump.run(wake: signals.file) {
            for signal in signals.take() {
                if signal == SIGWINCH {
                    followSize()
                } else {
                    // The process may have ended this instant; then there is nobody to tell.
                    try? process.signal(signal)
                }
            }
        }
        // A terminal without its controlling side hangs up on its programs, so somebody else must hold it.
        if ending == .detached, let inner = pump.terminal { try TerminalHolder.start(inner) }
        return ending
    }
}
