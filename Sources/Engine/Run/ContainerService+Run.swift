internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import Storage

/// How a container that was waited for ended.
public struct RunOutcome: Sendable {
    /// The exit code of its process, 128 + n after signal n.
    public var exitCode: Int32
}

extension ContainerService {
    /// Makes a container and runs it until it ends, with the caller's streams.
    ///
    /// - Parameters:
    ///   - flags: what the user asked for.
    ///   - onCreate: gets the id before the container starts.
    /// - Returns: how it ended.
    /// - Throws: what ``create(_:)`` throws, and the errors of the start; ``exitStatus(for:)`` knows their statuses.
    public func run(_ flags: RunFlags, onCreate: (String) throws -> Void) throws -> RunOutcome {
        try checkTerminal(wantsTerminal: flags.terminal, wantsInput: flags.openInput)
        let directory = try makeContainer(RunRequest(flags, environment: environment))
        try onCreate(directory.id)
        return try supervise(directory, attachesInput: flags.openInput)
    }

    /// Makes a container, starts it and leaves it to its monitor.
    ///
    /// - Parameters:
    ///   - flags: what the user asked for.
    ///   - onCreate: gets the id before the container starts.
    /// - Returns: the id.
    /// - Throws: what ``create(_:)`` throws, and the errors of the start.
    public func runDetached(_ flags: RunFlags, onCreate: (String) throws -> Void) throws -> String {
        let directory = try makeContainer(RunRequest(flags, environment: environment))
        try onCreate(directory.id)
        try ContainerMonitor.start(directory)
        return directory.id
    }

    /// Starts a container that does not run, and leaves it to its monitor.
    public func start(_ reference: String) throws {
        let directory = try find(reference)
        if try directory.state().isRunning { return }
        try ContainerMonitor.start(directory)
    }

    /// Starts a container that does not run, with the caller's streams, and waits for its end.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - attachesInput: whether the caller's standard input is the container's.
    /// - Returns: how it ended.
    /// - Throws: ``RunError/alreadyRunning(_:)``, and the errors of the start.
    public func startAttached(_ reference: String, attachesInput: Bool) throws -> RunOutcome {
        let directory = try find(reference)
        if try directory.state().isRunning { throw RunError.alreadyRunning(reference) }
        return try supervise(directory, attachesInput: attachesInput)
    }

    /// The exit status that docker gives to a process that could not be started: 125, 126 or 127.
    ///
    /// - Returns: nil for errors that have nothing to do with the start of a process.
    public static func exitStatus(for error: any Error) -> Int32? {
        if case ContainerError.monitorFailed(let report) = error { return report.status }
        return (error as? LaunchError)?.exitStatus
    }

    /// Finds a container, and cleans up after it if its monitor was killed.
    func find(_ reference: String) throws -> ContainerDirectory {
        let directory = try containers.resolve(reference)
        try ContainerControl.reap(directory, in: containers)
        return directory
    }

    private func supervise(_ directory: ContainerDirectory, attachesInput: Bool) throws -> RunOutcome {
        let record = try directory.record()
        let attachment: StreamAttachment =
            record.terminal && attachesInput
            ? .terminal(input: STDIN_FILENO, output: STDOUT_FILENO)
            : .streams(input: attachesInput ? STDIN_FILENO : nil, output: STDOUT_FILENO, error: STDERR_FILENO)
        let supervisor = ContainerSupervisor(directory, in: containers, role: .foreground, attachment: attachment)
        let exit = try supervisor.run()
        return RunOutcome(exitCode: exit.code)
    }

    /// A terminal inside needs one outside to type on.
    func checkTerminal(wantsTerminal: Bool, wantsInput: Bool) throws {
        if wantsTerminal, wantsInput, isatty(STDIN_FILENO) == 0 { throw RunError.inputIsNoTerminal }
    }
}
