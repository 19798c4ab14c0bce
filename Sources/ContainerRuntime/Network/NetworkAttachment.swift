/// What a container got from a network.
public struct NetworkAttachment: Codable, Equatable, Sendable {
    /// The bridge it is attached to.
    public var bridge: String
    /// The host's end of the pair of interfaces; the container's is always `eth0`.
    public var hostInterface: String
    /// The container's address.
    public var address: IPv4Address
    /// How many leading bits of it name the network.
    public var prefixLength: UInt8
    /// The bridge's own address.
    public var gateway: IPv4Address
    /// The hardware address of `eth0`.
    public var hardwareAddress: HardwareAddress
    /// The published ports, with the numbers that were really taken.
    public var ports: [PortPublication] = []

    /// Describes an attachment.
    public init(
        bridge: String,
        hostInterface: String,
        address: IPv4Address,
        prefixLength: UInt8,
        gateway: IPv4Address,
        hardwareAddress: HardwareAddress
    ) {
        self.bridge = bridge
        self.hostInterface = hostInterface
        self.address = address
        self.prefixLength = prefixLength
        self.gateway = gateway
        self.hardwareAddress = hardwareAddress
    }
}
