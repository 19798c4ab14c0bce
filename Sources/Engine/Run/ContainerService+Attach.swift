internal import ContainerRuntime
internal import Glibc
internal import LinuxKernel

extension ContainerService {
    /// Attaches the caller's streams to a running container until it ends or the caller leaves it.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - flags: what is attached.
    /// - Returns: how it ended.
    /// - Throws: ``RunError/notRunning(_:)`` and ``RunError/paused(_:)``.
    public func attach(_ reference: String, _ flags: AttachFlags) throws -> AttachOutcome {
        let directory = try find(reference)
        let (record, state) = (try directory.record(), try directory.state())
        if state.status == .paused { throw RunError.paused(reference) }
        guard state.isRunning else { throw RunError.notRunning(reference) }
        var flags = flags
        // Without `-i` there is nothing inside that could read.
        flags.attachesInput = flags.attachesInput && record.openStandardInput
        try checkTerminal(wantsTerminal: record.terminal, wantsInput: flags.attachesInput)
        note("attach", directory)
        return try follow(try AttachClient.connect(directory), directory, record, flags, redraws: true)
    }

    /// Passes streams and signals on between the caller and a container that a monitor looks after.
    func follow(
        _ socket: consuming OwnedFD,
        _ directory: ContainerDirectory,
        _ record: ContainerRecord,
        _ flags: AttachFlags,
        redraws: Bool = false
    ) throws -> AttachOutcome {
        var options = AttachClient.Options()
        options.attachesInput = flags.attachesInput
        options.showsOutput = flags.showsOutput
        options.showsErrors = flags.showsErrors
        options.isTerminal = record.terminal
        options.detachKeys = try flags.keys()
        options.forwardsSignals = flags.forwardsSignals
        options.redraws = redraws
        let ending = try AttachClient.run(socket, options) { signal in
            // The container may have ended this instant; then there is nobody to tell.
            try? ContainerControl.signal(directory, signal)
        }
        switch ending {
        case .exited(let code): return .exited(code)
        case .detached:
            note("detach", directory)
            return .detached
        case .interrupted(let signal): return .interrupted(signal)
        case .impatient(let signal):
            warn(ImpatientEnd(container: record.name, isKilled: false))
            return .interrupted(signal)
        case .lost:
            try ContainerControl.reap(directory, in: containers)
            throw RunError.monitorLost(record.name)
        }
    }

    /// Whether a container that somebody is attached to has to outlive the command: then a monitor looks after it.
    ///
    /// Otherwise the command does so itself, which saves a process and a few milliseconds.
    func needsMonitor(_ record: ContainerRecord, _ flags: AttachFlags) -> Bool {
        // With another runtime the root is mounted, in a mount namespace that only a monitor can have for itself.
        record.runtime != nil || (record.terminal && flags.attachesInput) || record.restartPolicy != .no
            || !flags.forwardsSignals
    }
}
