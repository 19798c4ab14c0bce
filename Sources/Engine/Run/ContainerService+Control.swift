internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import SystemPackage

extension ContainerService {
    /// Asks a container to end, and kills it when it does not.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - signal: the signal that asks; the container's own when nil.
    ///   - timeout: seconds to wait; -1 is for ever, nil the container's own.
    /// - Throws: the errors of looking it up and of signalling.
    public func stop(_ reference: String, signal: String? = nil, timeout: Int? = nil) throws {
        let number = try signal.map { (text) throws in try SignalName.parse(text, option: "--signal") }
        let directory = try find(reference)
        let gpus: Set<String> = hasGPU(directory) ? [directory.id] : []
        try ContainerControl.stop(directory, in: containers, signal: number, timeout: timeout)
        reportHeldMemory(gpus)
    }

    /// Asks several containers to end at once, so that all of them together take as long as the slowest.
    ///
    /// - Parameters:
    ///   - references: the containers.
    ///   - signal: as in ``stop(_:signal:timeout:)``.
    ///   - timeout: as in ``stop(_:signal:timeout:)``.
    /// - Returns: for each the error, or nil where there was none.
    /// - Throws: ``ArgumentError`` for a signal that is none.
    public func stopAll(
        _ references: [String],
        signal: String? = nil,
        timeout: Int? = nil
    ) throws -> [(any Error)?] {
        let number = try signal.map { (text) throws in try SignalName.parse(text, option: "--signal") }
        let found = references.map { reference in Result { try find(reference) } }
        let containers = containers
        // Before they go: under `--rm` nothing is left to ask afterwards.
        let gpus = found.compactMap { try? $0.get() }.filter(hasGPU).map(\.id)
        defer { reportHeldMemory(Set(gpus)) }
        // More threads than that wait for the disk and not for containers.
        return try ParallelWork.map(found.count, width: 64) { index -> (any Error)? in
            do {
                try ContainerControl.stop(found[index].get(), in: containers, signal: number, timeout: timeout)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Stops a container and starts it again.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - signal: as in ``stop(_:signal:timeout:)``.
    ///   - timeout: as in ``stop(_:signal:timeout:)``.
    /// - Throws: the errors of both.
    public func restart(_ reference: String, signal: String? = nil, timeout: Int? = nil) throws {
        try stop(reference, signal: signal, timeout: timeout)
        try startAgain(reference)
    }

    /// Starts a container that was stopped for that.
    public func startAgain(_ reference: String) throws {
        try start(reference)
        note("restart", try find(reference))
    }

    /// Sends a signal to a container's process.
    public func kill(_ reference: String, signal: String) throws {
        let (directory, number) = (try find(reference), try SignalName.parse(signal, option: "--signal"))
        guard try directory.state().isRunning else { throw RunError.notRunning(reference) }
        try ContainerControl.signal(directory, number)
        note("kill", directory, ["signal": "\(number)"])
    }

    /// Freezes a container's processes, or lets them go on.
    public func setPaused(_ reference: String, _ paused: Bool) throws {
        let directory = try find(reference)
        let state = try directory.state()
        guard state.isRunning else { throw RunError.notRunning(reference) }
        if (state.status == .paused) == paused {
            throw paused ? RunError.paused(reference) : RunError.notPaused(reference)
        }
        try ContainerControl.setPaused(directory, paused)
        note(paused ? "pause" : "unpause", directory)
    }

    /// Waits until a container does not run any more, and returns its exit code.
    public func wait(_ reference: String) throws -> Int32 {
        try ContainerControl.wait(find(reference))
    }

    /// What `wait --condition` can wait for, in podman's words.
    public static let waitConditions = [
        "configured", "created", "initialized", "running", "paused", "stopped", "stopping", "exited", "removing",
        "healthy",
        "unhealthy",
    ]

    /// Waits until a container is in one of several conditions.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - conditions: those of ``waitConditions``.
    /// - Returns: the exit code where it does not run, else -1.
    /// - Throws: ``ArgumentError`` for an unknown condition, and errors of looking the container up.
    public func wait(_ reference: String, for conditions: [String]) throws -> Int32 {
        for condition in conditions where !Self.waitConditions.contains(condition) {
            throw ArgumentError.unknown(
                option: "--condition",
                value: condition,
                suggestion: closestMatch(to: condition, in: Self.waitConditions)
            )
        }
        let directory = try find(reference)
        while true {
            let state: ContainerState
            do {
                state = try directory.state()
            } catch {
                // It is gone, and with it every condition but one.
                if conditions.contains("removing") { return -1 }
                throw try isStored(directory) ? error : ContainerError.notFound(reference)
            }
            var words = [state.status.rawValue]
            switch state.status {
            case .created: words += ["configured", "initialized"]
            case .exited: words += ["stopped", "stopping"]
            default: if let health = state.health, state.isRunning { words.append(health.status.rawValue) }
            }
            if conditions.contains(where: words.contains) { return state.status == .exited ? state.exitCode : -1 }
            usleep(50_000)
        }
    }

    /// Removes a container.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - force: whether a running one is killed.
    ///   - removesVolumes: whether its anonymous volumes go with it.
    /// - Throws: ``RunError/stillRunning(_:)``.
    public func remove(_ reference: String, force: Bool, volumes removesVolumes: Bool) throws {
        let directory = try find(reference)
        // Under `--rm` one whose monitor was killed has gone now.
        guard try isStored(directory) else { return }
        let record: ContainerRecord
        let state: ContainerState
        do {
            record = try directory.record()
            state = try directory.state()
        } catch {
            // Removed by somebody else between two looks.
            guard try isStored(directory) else { return }
            throw error
        }
        if state.isRunning || state.status == .restarting {
            guard force else { throw RunError.stillRunning(reference) }
            try ContainerControl.stop(directory, in: containers, signal: 9, timeout: 0)
        }
        // Under `--rm` it has gone with its process.
        if try isStored(directory) { try containers.remove(directory) }
        guard removesVolumes || record.autoRemove else { return }
        AnonymousVolumes.removeUnused(record.anonymousVolumes, of: containers)
    }

    private func isStored(_ directory: ContainerDirectory) throws -> Bool {
        do {
            _ = try FileStatus.of(path: directory.recordPath)
            return true
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return false
        }
    }
}
