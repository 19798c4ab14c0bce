/// What a container wishes of one network.
public struct NetworkEndpoint: Codable, Equatable, Sendable {
    /// The network's name; ``NetworkDefinition/defaultName`` is the one that is always there.
    public var network: String
    /// Further names by which others on the network find the container.
    public var aliases: [String]
    /// A fixed address.
    public var address: IPv4Address?
    /// A fixed IPv6 address.
    public var address6: IPv6Address?
    /// A fixed hardware address.
    public var hardwareAddress: HardwareAddress?
    /// Further addresses, of either family, that hold on this network alone.
    public var linkLocal: [String]?

    /// Describes a wish; without further words the network chooses.
    public init(
        network: String,
        aliases: [String] = [],
        address: IPv4Address? = nil,
        address6: IPv6Address? = nil,
        hardwareAddress: HardwareAddress? = nil
    ) {
        self.network = network
        self.aliases = aliases
        self.address = address
        self.address6 = address6
        self.hardwareAddress = hardwareAddress
    }
}
