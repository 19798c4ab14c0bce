internal import ContainerRuntime
internal import LaunchPlanning

/// What a command line says about attaching to a container.
public struct AttachFlags: Sendable {
    /// Whether the caller's standard input goes to the container.
    public var attachesInput = true
    /// Whether the container's standard output is shown.
    public var showsOutput = true
    /// Whether its standard error is shown.
    public var showsErrors = true
    /// The value of `--sig-proxy`.
    public var forwardsSignals = true
    /// The value of `--detach-keys`; nil is ctrl-p ctrl-q.
    public var detachKeys: String?

    /// Everything attached.
    public init() {}

    /// The keys.
    func keys() throws -> DetachKeys {
        guard let detachKeys else { return .standard }
        guard let keys = DetachKeys(detachKeys) else {
            throw ArgumentError.invalid(
                option: "--detach-keys",
                value: detachKeys,
                why:
                    "keys are single characters or `ctrl-` and one of `a` to `z`, `@`, `[`, `\\`, `]`, `^`, `_`, with commas"
            )
        }
        return keys
    }
}

/// How a command that was attached to a process ended.
public enum AttachOutcome: Equatable, Sendable {
    /// The process ended with this code, 128 + n after signal n.
    case exited(Int32)
    /// The user typed the keys to detach; the process goes on.
    case detached
    /// A signal ended the command; the process goes on.
    case interrupted(Int32)
}
