/// A port of the host's that leads to one of the container's.
public struct PortPublication: Codable, Hashable, Sendable {
    /// The protocols whose ports can be published.
    public enum Transport: String, Codable, Sendable {
        /// Streams.
        case tcp
        /// Datagrams.
        case udp
        /// Streams of messages.
        case sctp

        /// The number of `/etc/protocols`.
        var number: UInt8 {
            switch self {
            case .tcp: 6
            case .udp: 17
            case .sctp: 132
            }
        }

        /// Whether there are connections that somebody accepts.
        var isConnected: Bool { self != .udp }
    }

    /// The host's address, IPv4 or IPv6; empty is all of both.
    public var hostAddress: String
    /// The host's port; 0 lets the kernel choose.
    public var hostPort: UInt16
    /// The last of the host's ports that will do; ``hostPort`` is the first then, and nil says that it is the only one.
    public var lastHostPort: UInt16?
    /// The container's port.
    public var containerPort: UInt16
    /// The protocol.
    public var transport: Transport

    /// Describes a publication.
    public init(hostAddress: String = "", hostPort: UInt16, containerPort: UInt16, transport: Transport = .tcp) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }

    /// The host's port or ports as text; empty where the kernel chooses.
    public var hostPortText: String {
        guard hostPort != 0 else { return "" }
        return lastHostPort.map { "\(hostPort)-\($0)" } ?? "\(hostPort)"
    }

    /// The publication with the port that it has got.
    func taken(at port: UInt16) -> PortPublication {
        var single = self
        single.hostPort = port
        single.lastHostPort = nil
        return single
    }
}
