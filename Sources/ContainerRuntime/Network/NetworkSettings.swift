/// How a container reaches the network.
public struct NetworkSettings: Equatable, Sendable {
    /// The kinds of network.
    public enum Mode: String, Codable, Sendable {
        /// Loopback only.
        case none
        /// The host's own.
        case host
        /// One or several bridges.
        case bridge
        /// Without root: the user's own connections, by `pasta`.
        case user = "pasta"
        /// That of another container.
        case container
        /// A network namespace that somebody else has made.
        case namespace = "ns"
    }

    /// The kind.
    public var mode: Mode
    /// The id of the container of ``Mode/container``, or the path of ``Mode/namespace``.
    public var target: String?
    /// The networks of ``Mode/bridge``, the one of `eth0` first.
    public var endpoints: [NetworkEndpoint]
    /// Ports of the host's that lead into the container; only with ``Mode/bridge`` and ``Mode/user``.
    public var ports: [PortPublication]
    /// Ports that the image or the user say the container listens on.
    public var exposedPorts: [String] = []
    /// Further lines for `/etc/hosts`, without newlines.
    public var extraHosts: [String]
    /// The domain that the container's name has in its `/etc/hosts`.
    public var domain: String?
    /// The name servers to ask for what no container is called; the host's when empty.
    public var nameServers: [String] = []

    /// Describes a network.
    public init(
        mode: Mode,
        target: String? = nil,
        endpoints: [NetworkEndpoint] = [],
        ports: [PortPublication] = [],
        extraHosts: [String] = []
    ) {
        self.mode = mode
        self.target = target
        self.endpoints =
            mode == .bridge && endpoints.isEmpty ? [NetworkEndpoint(network: NetworkDefinition.defaultName)] : endpoints
        self.ports = ports
        self.extraHosts = extraHosts
    }

    /// The kind in docker's words: `bridge`, `container:ID`, or the first network's name.
    public var displayName: String {
        switch mode {
        case .none, .host, .user: mode.rawValue
        case .bridge: endpoints.first?.network ?? mode.rawValue
        case .container, .namespace: "\(mode.rawValue):\(target ?? "")"
        }
    }

    /// The names of the networks, or the kind of what the container has instead.
    public var names: [String] {
        mode == .bridge && !endpoints.isEmpty ? endpoints.map(\.network) : [mode.rawValue]
    }

    /// Whether the container has a network namespace of its own, with `/etc/hosts` and all.
    public var isOwn: Bool { mode == .none || mode == .bridge || mode == .user }
}

extension NetworkSettings: Codable {
    private enum CodingKeys: String, CodingKey {
        case mode
        case target
        case endpoints
        case ports
        case exposedPorts
        case extraHosts
        case domain
        case nameServers
    }

    /// Reads settings; what earlier versions did not write has its default.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            mode: try values.decode(Mode.self, forKey: .mode),
            target: try values.decodeIfPresent(String.self, forKey: .target),
            endpoints: try values.decodeIfPresent([NetworkEndpoint].self, forKey: .endpoints) ?? [],
            ports: try values.decodeIfPresent([PortPublication].self, forKey: .ports) ?? [],
            extraHosts: try values.decodeIfPresent([String].self, forKey: .extraHosts) ?? []
        )
        exposedPorts = try values.decodeIfPresent([String].self, forKey: .exposedPorts) ?? []
        domain = try values.decodeIfPresent(String.self, forKey: .domain)
        nameServers = try values.decodeIfPresent([String].self, forKey: .nameServers) ?? []
    }
}
