/// How a container reaches the network.
public struct NetworkSettings: Codable, Equatable, Sendable {
    /// The kinds of network.
    public enum Mode: String, Codable, Sendable {
        /// Loopback only.
        case none
        /// The host's own.
        case host
        /// The default bridge.
        case bridge
        /// Without root: the user's own connections, by `pasta`.
        case user = "pasta"
    }

    /// The kind.
    public var mode: Mode
    /// Ports of the host's that lead into the container; only with ``Mode/bridge`` and ``Mode/user``.
    public var ports: [PortPublication]
    /// Further lines for `/etc/hosts`, without newlines.
    public var extraHosts: [String]

    /// Describes a network.
    public init(mode: Mode, ports: [PortPublication] = [], extraHosts: [String] = []) {
        self.mode = mode
        self.ports = ports
        self.extraHosts = extraHosts
    }
}
