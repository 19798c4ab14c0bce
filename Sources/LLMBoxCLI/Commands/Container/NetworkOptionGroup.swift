internal import ArgumentParser
internal import Engine

/// How a container reaches the network.
struct NetworkOptionGroup: ParsableArguments {
    @Option(
        name: [.customLong("network"), .customLong("net")],
        help: "bridge, host, none, container:NAME, ns:PATH or a network's NAME[:alias=…,ip=…]; may be repeated."
    )
    var network: [String] = []
    @Option(name: [.customLong("network-alias"), .customLong("net-alias")], help: "Further name on the network.")
    var networkAlias: [String] = []
    @Option(name: .customLong("ip"), help: "IPv4 address on the network.") var address: String?
    @Option(name: .customLong("ip6"), help: "IPv6 address on the network.") var address6: String?
    @Option(name: .long, help: "Hardware address on the network.") var macAddress: String?
    @Option(name: .long, help: "Further address that holds on the network alone.") var linkLocalIp: [String] = []
    @Option(
        name: [.customShort("p", allowingJoined: true), .customLong("publish")],
        help: "Publish a port: [[ADDRESS:]HOST:]CONTAINER[/PROTOCOL]."
    )
    var publish: [String] = []
    @Option(name: .long, help: "Host address of ports that are published without one.")
    var publishDefaultAddress: String?
    @Flag(name: [.customShort("P"), .customLong("publish-all")], help: "Publish all exposed ports.")
    var publishAll = false
    @Option(name: .long, help: "Expose a port.") var expose: [String] = []
    @Option(name: .long, help: "Line for /etc/hosts, as NAME:ADDRESS.") var addHost: [String] = []
    @Option(name: .long, help: "Name server.") var dns: [String] = []
    @Option(name: .long, help: "Search domain.") var dnsSearch: [String] = []
    @Option(name: [.customLong("dns-option"), .customLong("dns-opt")], help: "Resolver option.")
    var dnsOption: [String] = []

    func apply(to flags: inout RunFlags) {
        flags.networks = network
        flags.networkAliases = networkAlias
        flags.address = address
        flags.address6 = address6
        flags.hardwareAddress = macAddress
        flags.linkLocalAddresses = linkLocalIp
        flags.publishAddress = publishDefaultAddress
        flags.ports = publish
        flags.publishesAll = publishAll
        flags.exposed = expose
        flags.extraHosts = addHost
        flags.dns = dns
        flags.dnsSearch = dnsSearch
        flags.dnsOptions = dnsOption
    }
}
