/// What a container got from a network.
public struct NetworkAttachment: Codable, Equatable, Sendable {
    /// The network's name.
    public var network: String
    /// The bridge it is attached to.
    public var bridge: String
    /// The host's end of the pair of interfaces.
    public var hostInterface: String
    /// The container's end.
    public var interface: String
    /// The container's address.
    public var address: IPv4Address
    /// How many leading bits of it name the network.
    public var prefixLength: UInt8
    /// The bridge's own address.
    public var gateway: IPv4Address
    /// The container's IPv6 address, where the network has such.
    public var address6: IPv6Address?
    /// How many leading bits of it name the network.
    public var prefixLength6: UInt8?
    /// The bridge's own IPv6 address.
    public var gateway6: IPv6Address?
    /// The hardware address of the container's end.
    public var hardwareAddress: HardwareAddress
    /// Further addresses, of either family, that hold on this network alone.
    public var linkLocal: [String]?
    /// Whether the network leads nowhere else.
    public var isInternal: Bool
    /// The names by which others on the network find the container.
    public var names: [String]
    /// The published ports, with the numbers that were really taken.
    public var ports: [PortPublication]
}
