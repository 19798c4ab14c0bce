/// What a container is doing: written as `state.json` each time that changes.
///
/// It is replaced atomically but not synced to disk: after a power loss no container runs, whatever a file says, and the
/// boot id in it tells the reader so.
public struct ContainerState: Codable, Equatable, Sendable {
    /// The phases of a container's life, named as Docker names them.
    public enum Status: String, Codable, Sendable {
        /// Made, and never started.
        case created
        /// Its process runs.
        case running
        /// Its processes are frozen.
        case paused
        /// Its process ended and is about to be started again.
        case restarting
        /// Its process ended.
        case exited
        /// Its removal failed half way.
        case dead
    }

    /// The phase.
    public var status = Status.created
    /// The boot in which this was written; in another one nothing of it runs.
    public var bootID = ""
    /// The container's first process, while it runs.
    public var process: ProcessIdentity?
    /// The process that looks after the container: its monitor, or the foreground `run`.
    public var supervisor: ProcessIdentity?
    /// The process that made the container, which may be about to start it.
    public var maker: ProcessIdentity?
    /// When the process was last started.
    public var startedAt: Timestamp?
    /// When the process last ended.
    public var finishedAt: Timestamp?
    /// The exit code of the last process that ended, 128 + n after signal n.
    public var exitCode: Int32 = 0
    /// Whether the kernel killed a process of the container's for its memory limit.
    public var outOfMemoryKilled = false
    /// Why the last start failed.
    public var error: String?
    /// How often the restart policy has started the container again.
    public var restartCount = 0
    /// Whether someone asked the container to stop, which ends the restart policy's say.
    public var stopRequested = false
    /// What the health probes found, where there are any.
    public var health: HealthState?
    /// What the container has of its networks, while it has it.
    public var networks: [NetworkAttachment] {
        get { attachments ?? [] }
        set { attachments = newValue.isEmpty ? nil : newValue }
    }
    private var attachments: [NetworkAttachment]?
    /// The networks it wishes, once `network connect` or `disconnect` has changed those of its record.
    public var endpoints: [NetworkEndpoint]?
    /// The ports that are published without root, with the numbers that were taken.
    public var userPorts: [PortPublication]?
    /// The cgroup directories that belong to the container.
    public var cgroups: [String] = []

    /// The state of a container that was never started.
    public init() {}

    /// Whether it was found that nobody has noted its end: the monitor was killed, or the host restarted.
    public var isAbandoned: Bool { status == .exited && !cgroups.isEmpty }

    /// Whether its processes exist, running or frozen.
    public var isRunning: Bool { status == .running || status == .paused }

    /// The state as it really is, given what is known of the processes in it.
    ///
    /// A monitor that was killed or a host that was restarted leaves a file that claims a running container; whoever
    /// reads it must see `exited`. The exit code is then unknown: 255, as containerd reports it.
    public func corrected(bootID: String, isAlive: (ProcessIdentity) -> Bool) -> ContainerState {
        guard isRunning || status == .restarting else { return self }
        let sameBoot = self.bootID == bootID
        if sameBoot, let process, isAlive(process) { return self }
        if sameBoot, let supervisor, isAlive(supervisor) { return self }
        var state = self
        state.status = .exited
        state.process = nil
        state.supervisor = nil
        state.networks = []
        state.userPorts = nil
        state.exitCode = 255
        state.error = sameBoot ? "the container's monitor was killed" : "the host was restarted"
        return state
    }
}

extension ContainerState {
    /// The published ports, by whatever they lead into the container.
    public var publishedPorts: [PortPublication] { networks.flatMap(\.ports) + (userPorts ?? []) }
}
