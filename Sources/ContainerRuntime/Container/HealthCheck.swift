/// How a container's health is examined.
public struct HealthCheck: Codable, Equatable, Sendable {
    /// The program and its arguments; the shell form is already wrapped in a shell.
    public var command: [String]
    /// Seconds between the end of one probe and the start of the next.
    public var interval: Double = 30
    /// Seconds after which a probe counts as failed and is killed.
    public var timeout: Double = 30
    /// Seconds after the start in which failures do not count.
    public var startPeriod: Double = 0
    /// Seconds between probes within the start period.
    public var startInterval: Double = 5
    /// How many failures in a row make the container unhealthy.
    public var retries = 3
    /// What happens to a container that has become unhealthy; nil is nothing.
    public var onFailure: HealthAction?

    /// Examines health by running `command` in the container, with Docker's default intervals.
    public init(command: [String]) { self.command = command }
}

/// What happens to a container that has become unhealthy, with podman's names.
public enum HealthAction: String, Codable, Sendable, CaseIterable {
    /// Nothing but the word in `ps`.
    case none
    /// SIGKILL; its restart policy decides what follows.
    case kill
    /// It is stopped and started again, whatever its restart policy says.
    case restart
    /// It is stopped and stays so.
    case stop
}

/// What the probes of a container have found.
public struct HealthState: Codable, Equatable, Sendable {
    /// The verdict.
    public enum Status: String, Codable, Sendable {
        /// No verdict yet.
        case starting
        /// The last probe succeeded.
        case healthy
        /// Too many probes in a row have failed.
        case unhealthy
    }

    /// One probe.
    public struct Probe: Codable, Equatable, Sendable {
        /// When the probe began.
        public var start: Timestamp
        /// When it ended.
        public var end: Timestamp
        /// Its exit code; -1 when it ran out of time or could not be started.
        public var exitCode: Int32
        /// The beginning of what it wrote, at most 4096 bytes.
        public var output: String

        /// Describes a probe.
        public init(start: Timestamp, end: Timestamp, exitCode: Int32, output: String) {
            self.start = start
            self.end = end
            self.exitCode = exitCode
            self.output = output
        }
    }

    /// The verdict now.
    public var status = Status.starting
    /// Failures since the last success.
    public var failingStreak = 0
    /// The last five probes, oldest first.
    public var log: [Probe] = []

    /// Nothing has been examined yet.
    public init() {}

    /// Takes a probe's result in.
    ///
    /// `inStartPeriod` says whether the container is still allowed to fail without it counting.
    public mutating func record(_ probe: Probe, retries: Int, inStartPeriod: Bool) {
        log.append(probe)
        if log.count > 5 { log.removeFirst(log.count - 5) }
        if probe.exitCode == 0 {
            status = .healthy
            failingStreak = 0
        } else if !(inStartPeriod && status == .starting) {
            failingStreak += 1
            if failingStreak >= max(1, retries) { status = .unhealthy }
        }
    }
}
