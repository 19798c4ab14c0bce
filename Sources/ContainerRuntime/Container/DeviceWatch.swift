/// Notices when a running container has lost its devices, and says so in its health.
final class DeviceWatch {
    private let directory: ContainerDirectory
    private let hooks: SupervisorHooks
    private let before: SupervisorHooks.DeviceState?
    private var next: ContinuousClock.Instant
    private var isLost = false

    /// The time between two looks, each of which costs some milliseconds.
    private static let interval = Duration.seconds(5)

    init(_ directory: ContainerDirectory, _ hooks: SupervisorHooks) {
        self.directory = directory
        self.hooks = hooks
        before = hooks.deviceState(directory)
        next = ContinuousClock.now + Self.interval
    }

    /// Looks, when it is time; true once, when the loss is new.
    func hasLostDevices() -> Bool {
        guard let before, !isLost, ContinuousClock.now >= next else { return false }
        next = ContinuousClock.now + Self.interval
        guard hooks.deviceState(directory) != before else { return false }
        isLost = true
        let now = Timestamp.now()
        let probe = HealthState.Probe(start: now, end: now, exitCode: -1, output: before.lossText)
        // A state that cannot be written is no reason to leave the container without its GPU.
        _ = try? directory.updateState { state in
            var health = state.health ?? HealthState()
            health.record(probe, retries: 1, inStartPeriod: false)
            state.health = health
        }
        return true
    }
}
