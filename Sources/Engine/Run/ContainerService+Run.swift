internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import Storage

extension ContainerService {
    /// Makes a container and runs it until it ends or the caller leaves it, with the caller's streams.
    ///
    /// - Parameters:
    ///   - flags: what the user asked for.
    ///   - attach: which streams are the caller's.
    ///   - onCreate: gets the id before the container starts.
    /// - Returns: how it ended.
    /// - Throws: what ``create(_:)`` throws, and the errors of the start; ``exitStatus(for:)`` knows their statuses.
    public func run(
        _ flags: RunFlags,
        attach: AttachFlags,
        onCreate: (String) throws -> Void
    ) throws -> AttachOutcome {
        _ = try attach.keys()
        try checkTerminal(wantsTerminal: flags.terminal, wantsInput: flags.openInput && attach.attachesInput)
        let (directory, record) = try makeContainer(RunRequest(flags, environment: environment))
        try onCreate(directory.id)
        return try supervise(directory, record, attach)
    }

    /// Makes a container, starts it and leaves it to its monitor.
    ///
    /// - Parameters:
    ///   - flags: what the user asked for.
    ///   - onCreate: gets the id before the container starts.
    /// - Returns: the id.
    /// - Throws: what ``create(_:)`` throws, and the errors of the start.
    public func runDetached(_ flags: RunFlags, onCreate: (String) throws -> Void) throws -> String {
        var flags = flags
        flags.isDetached = true
        let directory = try makeContainer(RunRequest(flags, environment: environment)).directory
        try onCreate(directory.id)
        report(try ContainerMonitor.start(directory))
        return directory.id
    }

    /// Starts a container that does not run, and leaves it to its monitor.
    public func start(_ reference: String) throws {
        let directory = try find(reference)
        if try directory.state().isRunning { return }
        try DevicePlacement.renew(directory, environment: environment)
        report(try ContainerMonitor.start(directory))
    }

    /// Starts a container with the caller's streams and waits for its end; one that runs is only attached to.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - attach: which streams are the caller's.
    /// - Returns: how it ended.
    /// - Throws: the errors of the start.
    public func startAttached(_ reference: String, _ attach: AttachFlags) throws -> AttachOutcome {
        let directory = try find(reference)
        if try directory.state().isRunning { return try self.attach(reference, attach) }
        try DevicePlacement.renew(directory, environment: environment)
        return try supervise(directory, try directory.record(), attach)
    }

    /// The exit status that docker gives to a process that could not be started: 125, 126 or 127.
    ///
    /// - Returns: nil for errors that have nothing to do with the start of a process.
    public static func exitStatus(for error: any Error) -> Int32? {
        if case ContainerError.monitorFailed(let report) = error { return report.status }
        // Docker's client finds out by itself, before it asks for anything.
        if case RunError.inputIsNoTerminal = error { return 1 }
        return (error as? LaunchError)?.exitStatus
    }

    /// Finds a container, and cleans up after it if its monitor was killed.
    func find(_ reference: String) throws -> ContainerDirectory {
        let directory = try containers.resolve(reference)
        try ContainerControl.reap(directory, in: containers)
        return directory
    }

    private func supervise(
        _ directory: ContainerDirectory,
        _ record: ContainerRecord,
        _ attach: AttachFlags
    ) throws -> AttachOutcome {
        var attach = attach
        attach.attachesInput = attach.attachesInput && record.openStandardInput
        if needsMonitor(record, attach) {
            var warnings: [String] = []
            let monitor = try ContainerMonitor.startAttached(directory, warnings: &warnings)
            report(warnings)
            return try follow(monitor, directory, record, attach)
        }
        let attachment = StreamAttachment.streams(
            input: attach.attachesInput ? STDIN_FILENO : nil,
            output: attach.showsOutput ? STDOUT_FILENO : nil,
            error: attach.showsErrors ? STDERR_FILENO : nil
        )
        let supervisor = ContainerSupervisor(
            directory,
            in: containers,
            role: .foreground,
            attachment: attachment,
            hooks: DevicePlacement.supervisorHooks
        )
        supervisor.onImpatience = { [warn] in warn(ImpatientEnd(container: record.name, isKilled: true)) }
        return .exited(try supervisor.run(onStart: report).code)
    }

    /// Passes on what was asked for and could not be had in full, all in one.
    private func report(_ warnings: [String]) {
        if !warnings.isEmpty { warn(IncompleteStart(warnings: warnings)) }
    }

    /// A terminal inside needs one outside to type on.
    func checkTerminal(wantsTerminal: Bool, wantsInput: Bool) throws {
        if wantsTerminal, wantsInput, isatty(STDIN_FILENO) == 0 { throw RunError.inputIsNoTerminal }
    }
}

/// A container that runs without all that was asked for.
struct IncompleteStart: Explainable {
    let warnings: [String]

    var what: String { "the container runs without all that was asked for" }
    var why: String? { warnings.joined(separator: "; ") }
}

/// A container that does not end although it was asked three times.
struct ImpatientEnd: Explainable {
    let container: String
    let isKilled: Bool

    var what: String { "container `\(container)` has got three signals to end and still runs" }
    var why: String? { isKilled ? "it is killed" : "it is left to itself" }
    var remedy: String? { isKilled ? nil : "end it with `llmbox stop \(container)`" }
}
