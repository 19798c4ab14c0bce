/// One `--ssh`: where the signatures for `RUN --mount=type=ssh` come from.
public struct SSHSource: Hashable, Sendable {
    /// The kinds of source.
    public enum Kind: Hashable, Sendable {
        /// The socket of an agent that runs already.
        case agent(socket: String)
        /// Files of private keys without passphrases, for an agent that runs as long as a step.
        case keys([String])
    }

    /// The name by which steps ask for it.
    public var id: String
    /// Where signatures come from.
    public var kind: Kind

    /// Makes a source.
    public init(id: String, kind: Kind) {
        self.id = id
        self.kind = kind
    }
}
