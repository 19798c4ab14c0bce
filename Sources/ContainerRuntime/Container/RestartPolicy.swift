/// When a container that ended is started again.
public enum RestartPolicy: Hashable, Sendable, CustomStringConvertible {
    /// Never.
    case no
    /// Whatever its exit code was.
    case always
    /// Whatever its exit code was, but not after a restart of the host if it had been stopped.
    case unlessStopped
    /// When its exit code was not 0, at most this often; nil is without limit.
    case onFailure(maximum: Int?)

    /// Reads `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:N`; nil for anything else.
    public init?(_ text: String) {
        switch text {
        case "", "no": self = .no
        case "always": self = .always
        case "unless-stopped": self = .unlessStopped
        case "on-failure": self = .onFailure(maximum: nil)
        default:
            let prefix = "on-failure:"
            guard text.hasPrefix(prefix), let count = Int(text.dropFirst(prefix.count)), count >= 0 else { return nil }
            self = .onFailure(maximum: count == 0 ? nil : count)
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .no: "no"
        case .always: "always"
        case .unlessStopped: "unless-stopped"
        case .onFailure(nil): "on-failure"
        case .onFailure(let maximum?): "on-failure:\(maximum)"
        }
    }

    /// Whether a container that ended with `exitCode` after `restarts` earlier restarts is started once more.
    public func restarts(after exitCode: Int32, restarts: Int) -> Bool {
        switch self {
        case .no: false
        case .always, .unlessStopped: true
        case .onFailure(let maximum): exitCode != 0 && restarts < maximum ?? .max
        }
    }
}

extension RestartPolicy: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let policy = RestartPolicy(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a restart policy")
        }
        self = policy
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// How long to wait before each restart: 100 ms, doubling to one minute, from the start again after ten seconds up.
public struct RestartBackOff: Equatable, Sendable {
    private var next: Duration = .milliseconds(100)

    /// Begins with the shortest wait.
    public init() {}

    /// The wait before the next restart of a container that was up for `uptime`.
    public mutating func delay(afterUptime uptime: Duration) -> Duration {
        if uptime >= .seconds(10) { next = .milliseconds(100) }
        defer { next = min(next * 2, .seconds(60)) }
        return next
    }
}
