internal import Glibc
internal import LinuxKernel

extension ContainerSupervisor {
    /// Does to a container that has become unhealthy what `--health-on-failure` says.
    func actOnUnhealthy(_ process: RunningProcess, _ record: ContainerRecord) {
        switch record.healthCheck?.onFailure ?? .none {
        case .none: return
        case .kill: try? process.signal(SIGKILL)  // it may have ended this instant
        case .stop:
            _ = try? directory.updateState { $0.stopRequested = true }
            askToEnd(process, record)
        case .restart:
            isRestartWanted = true
            askToEnd(process, record)
        }
    }

    /// Sends the stop signal, and sees to it that SIGKILL follows where that does not help.
    func askToEnd(_ process: RunningProcess, _ record: ContainerRecord) {
        try? process.signal(record.stopSignal)  // it may have ended this instant
        killAt = ContinuousClock.now + .seconds(record.stopTimeout)
    }
}
