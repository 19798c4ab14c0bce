internal import ContainerRuntime

extension ContainerService {
    /// Starts the containers that are to run again after a restart of the host.
    ///
    /// `always` means every container that was ever started; `unless-stopped` those that nobody had stopped; `on-failure`
    /// those that were running or had failed.
    ///
    /// - Parameter report: gets each name, with the error where it did not start.
    /// - Throws: where the containers cannot be listed.
    public func startAfterBoot(_ report: (String, (any Error)?) -> Void) throws {
        for directory in try containers.all() {
            // A container that is removed meanwhile is none of ours.
            guard let record = try? directory.record(), let state = try? directory.state() else { continue }
            guard !state.isRunning, state.status != .restarting, Self.startsAgain(record.restartPolicy, state) else {
                continue
            }
            do {
                try start(record.id)
                report(record.name, nil)
            } catch {
                report(record.name, error)
            }
        }
    }

    static func startsAgain(_ policy: RestartPolicy, _ state: ContainerState) -> Bool {
        guard state.startedAt != nil else { return false }
        switch policy {
        case .no: return false
        case .always: return true
        case .unlessStopped: return !state.stopRequested
        case .onFailure: return !state.stopRequested && state.exitCode != 0
        }
    }

    /// Stops all containers before the host goes down, so that ``startAfterBoot(_:)`` finds them as if they ran.
    ///
    /// - Parameter report: gets each name, with the error where it did not stop.
    /// - Throws: where the containers cannot be listed.
    public func stopForShutdown(_ report: (String, (any Error)?) -> Void) throws {
        let running = try containers.all().filter { directory in
            // One that is removed meanwhile is none of ours.
            (try? directory.state().isRunning) == true
        }
        // All are asked first, so that they end side by side; each then gets what is left of its time.
        for directory in running {
            if let record = try? directory.record() { try? ContainerControl.signal(directory, record.stopSignal) }
        }
        let asked = ContinuousClock.now
        for directory in running {
            guard let record = try? directory.record() else { continue }
            do {
                let waited = Int((ContinuousClock.now - asked) / .seconds(1))
                let timeout = record.stopTimeout < 0 ? -1 : max(0, record.stopTimeout - waited)
                try ContainerControl.stop(directory, in: containers, timeout: timeout)
                // With `--rm` it has gone; otherwise it was the host that wanted it to end, and no person.
                if (try? directory.record()) != nil {
                    try directory.updateState { state in
                        state.stopRequested = false
                        if state.exitCode == 0 { state.exitCode = 255 }
                    }
                }
                report(record.name, nil)
            } catch {
                report(record.name, error)
            }
        }
    }
}
