/// What a step says to an ssh agent, cut into messages and judged.
///
/// A message is four bytes of length, most significant first, then a byte that tells its type
/// (draft-miller-ssh-agent). A step may ask which keys there are and have something signed; to add keys, remove them or
/// lock the agent is not its business: the agent is the user's and outlives the build.
struct AgentFrames {
    /// What is to be done with a message.
    enum Verdict: Equatable {
        /// It goes to the agent as it is.
        case pass([UInt8])
        /// It is answered with a failure.
        case refuse
    }

    /// No honest message is longer; OpenSSH's own limit.
    static let limit = 256 * 1024
    /// `SSH_AGENT_FAILURE` as a message.
    static let failure: [UInt8] = [0, 0, 0, 1, 5]
    /// `SSH_AGENTC_REQUEST_IDENTITIES`, `SSH_AGENTC_SIGN_REQUEST` and `SSH_AGENTC_EXTENSION`, which binds a session.
    private static let allowed: Set<UInt8> = [11, 13, 27]

    private var pending: [UInt8] = []

    /// Takes what has arrived and returns the messages that are complete; nil when it is no conversation with an agent.
    mutating func take(_ bytes: ArraySlice<UInt8>) -> [Verdict]? {
        pending += bytes
        var result: [Verdict] = []
        while pending.count >= 4 {
            let length = pending[..<4].reduce(0) { $0 << 8 | Int($1) }
            guard (1...Self.limit).contains(length) else { return nil }
            guard pending.count >= 4 + length else { break }
            let message = Array(pending[..<(4 + length)])
            pending.removeFirst(4 + length)
            result.append(Self.allowed.contains(message[4]) ? .pass(message) : .refuse)
        }
        return result
    }
}
