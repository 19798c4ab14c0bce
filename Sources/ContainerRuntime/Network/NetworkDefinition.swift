/// A network that a user made: its name, its addresses and its rules.
///
/// Nothing of it is in the kernel while no container is attached: the bridge comes with the first and goes with the last.
public struct NetworkDefinition: Codable, Equatable, Sendable {
    /// The name of the network that is always there.
    public static let defaultName = "bridge"
    /// The names that mean something else than a network that a user made.
    public static let reservedNames: Set = ["bridge", "default", "host", "none", "container", "ns"]

    /// 64 hexadecimal digits.
    public var id: String
    /// The name.
    public var name: String
    /// When it was made.
    public var created: Timestamp
    /// The name of the bridge's interface, at most 15 bytes.
    public var bridge: String
    /// The IPv4 addresses.
    public var subnet: IPv4Subnet
    /// The bridge's own address.
    public var gateway: IPv4Address
    /// The part of the subnet that containers get addresses from; all of it when nil.
    public var range: IPv4Subnet?
    /// The IPv6 addresses, where there are any.
    public var subnet6: IPv6Subnet?
    /// The bridge's own IPv6 address.
    public var gateway6: IPv6Address?
    /// Addresses that containers do not get, by the names the user gave them.
    public var reserved: [String: IPv4Address] = [:]
    /// Whether it leads nowhere else.
    public var isInternal = false
    /// Whether containers that run may join, as docker's swarm means it: kept for display.
    public var isAttachable = false
    /// Whether the containers reach one another.
    public var connectsPeers = true
    /// Whether what leaves gets the host's address.
    public var masquerades = true
    /// The greatest size of a packet; the kernel's default when nil.
    public var mtu: UInt32?
    /// The host's address for ports that are published without one.
    public var publishAddress: String?
    /// Labels.
    public var labels: [String: String] = [:]
    /// The driver's options as the user gave them, for display.
    public var options: [String: String] = [:]

    /// Describes a network; everything else begins with its default.
    public init(id: String, name: String, created: Timestamp, subnet: IPv4Subnet, gateway: IPv4Address? = nil) {
        self.id = id
        self.name = name
        self.created = created
        // Fifteen bytes, all that an interface's name may have.
        bridge = "llmbox-" + id.prefix(8)
        self.subnet = subnet
        self.gateway = gateway ?? subnet.gateway
    }

    /// Whether a name is one that a network can have, by docker's rule.
    public static func isValidName(_ name: String) -> Bool {
        ContainerCollection.isValidName(name) && !reservedNames.contains(name)
    }
}
