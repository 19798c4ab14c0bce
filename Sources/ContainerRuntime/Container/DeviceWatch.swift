/// Notices when a running container has lost its devices, and says so in its health.
final class DeviceWatch {
    private let directory: ContainerDirectory
    private let look: SupervisorHooks.DeviceWatcher?
    private var next: ContinuousClock.Instant
    private var isLost = false

    /// The time between two looks, each of which costs some milliseconds.
    private static let interval = Duration.seconds(5)

    init(_ directory: ContainerDirectory, _ hooks: SupervisorHooks) {
        self.directory = directory
        look = hooks.deviceWatch(directory)
        next = ContinuousClock.now + Self.interval
    }

    /// Looks, when it is time; true once, when the loss is new.
    func hasLostDevices() -> Bool {
        guard let look, !isLost, ContinuousClock.now >= next else { return false }
        next = ContinuousClock.now + Self.interval
        guard let loss = look() else { return false }
        isLost = true
        let now = Timestamp.now()
        let probe = HealthState.Probe(start: now, end: now, exitCode: -1, output: loss)
        // A state that cannot be written is no reason to leave the container without its GPU.
        _ = try? directory.updateState { state in
            var health = state.health ?? HealthState()
            health.record(probe, retries: 1, inStartPeriod: false)
            state.health = health
        }
        return true
    }
}
