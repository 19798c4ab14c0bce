/// What the command line of `network create` says, in the user's own words.
public struct NetworkFlags: Sendable {
    /// The name.
    public var name: String
    /// The value of `--driver`.
    public var driver = "bridge"
    /// The values of `--subnet`.
    public var subnets: [String] = []
    /// The values of `--gateway`.
    public var gateways: [String] = []
    /// The values of `--ip-range`.
    public var ranges: [String] = []
    /// The values of `--aux-address`.
    public var reserved: [String] = []
    /// The value of `--internal`.
    public var isInternal = false
    /// The value of `--attachable`.
    public var isAttachable = false
    /// The value of `--ipv6`.
    public var hasIPv6 = false
    /// The values of `--label`.
    public var labels: [String] = []
    /// The values of `-o`.
    public var options: [String] = []

    /// Makes the command line that gives only a name.
    public init(name: String) { self.name = name }
}
