internal import ArgumentParser
internal import Engine

/// The command `llmbox network`.
struct NetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network",
        abstract: "Manage networks.",
        subcommands: [
            Create.self, List.self, Inspect.self, Remove.self, Prune.self, Connect.self, Disconnect.self,
            NetworkExistsCommand.self,
        ]
    )

    /// The command `llmbox network create`.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a network.")

        @Option(name: .shortAndLong, help: "The kind: bridge.") var driver = "bridge"
        @Option(name: .long, help: "Addresses, such as 10.5.0.0/16; one of IPv4 and one of IPv6.")
        var subnet: [String] = []
        @Option(name: .long, help: "The bridge's own address.") var gateway: [String] = []
        @Option(name: .long, help: "The part of the subnet that containers get.") var ipRange: [String] = []
        @Option(name: .long, help: "NAME=ADDRESS that containers do not get.") var auxAddress: [String] = []
        @Flag(name: .long, help: "Lead nowhere else.") var `internal` = false
        @Flag(name: .long, help: "Let containers join later, which all networks do.") var attachable = false
        @Flag(name: .long, help: "Give IPv6 addresses as well.") var ipv6 = false
        @Option(name: .long, help: "Label KEY=VALUE.") var label: [String] = []
        @Option(name: [.customShort("o"), .customLong("opt")], help: "Option NAME=VALUE, such as mtu=1400.")
        var opt: [String] = []
        @OptionGroup var compatibility: NetworkCompatibilityOptionGroup
        @Argument(help: "The name.") var name: String

        func run() throws {
            var flags = NetworkFlags(name: name)
            flags.driver = driver
            flags.subnets = subnet
            flags.gateways = gateway
            flags.ranges = ipRange
            flags.reserved = auxAddress
            flags.isInternal = self.internal
            flags.isAttachable = attachable
            flags.hasIPv6 = ipv6
            flags.labels = label
            flags.options = opt
            try StandardOutput.line(try ContainerAccess.service().createNetwork(flags))
        }
    }

    /// The command `llmbox network ls`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List networks.",
            aliases: ["list"]
        )

        @Flag(name: .shortAndLong, help: "Show IDs only.") var quiet = false
        @Flag(name: .long, help: "Do not shorten IDs.") var noTrunc = false
        @Option(name: .shortAndLong, help: "Condition: dangling, driver, id, label, name, scope or type.")
        var filter: [String] = []
        @Option(name: .long, help: "`table`, `json`, or a Go template.") var format: String?

        func run() throws {
            let conditions = try filter.map { (text) throws in try NetworkFilterOption(text) }
            let asksForUse = conditions.contains { $0.key == "dangling" }
            let networks = try ContainerAccess.service().listNetworks(withContainers: asksForUse).filter { network in
                NetworkFilterOption.matches(network, conditions)
            }
            if quiet {
                for network in networks {
                    try StandardOutput.line(noTrunc ? network.id : String(network.id.prefix(12)))
                }
                return
            }
            let list = try ListFormat(
                format,
                defaultColumns: ["ID", "Name", "Driver", "Scope"],
                headers: ["ID": "NETWORK ID"]
            )
            try StandardOutput.write(list.render(networks.map { NetworkDocument.row($0, short: !noTrunc) }))
        }
    }

    /// The command `llmbox network inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show networks in full.")

        @Option(name: .shortAndLong, help: "A Go template instead of JSON.") var format: String?
        @Flag(name: .shortAndLong, help: "Accepted for docker's sake: everything is shown.") var verbose = false
        @Argument(help: "Names or IDs.") var names: [String]

        func run() throws {
            let service = try ContainerAccess.service()
            try InspectOutput(format: format).print(names) { try NetworkDocument.value(service.inspectNetwork($0)) }
        }
    }

    /// The command `llmbox network rm`.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove networks.",
            aliases: ["remove"]
        )

        @Flag(name: .shortAndLong, help: "A missing network is no error.") var force = false
        @Argument(help: "Names or IDs.") var names: [String]

        func run() throws {
            try ContainerAccess.forEach(names) { service, name in
                try service.removeNetwork(name, force: force)
                return nil
            }
        }
    }

    /// The command `llmbox network prune`.
    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune",
            abstract: "Remove the networks that no container is on."
        )

        @OptionGroup var options: PruneOptions

        func run() throws {
            var request = PruneRequest()
            request.filters = try options.filters()
            let warning = "This will remove all networks that no running container is on."
            guard options.force || Confirmation.ask(warning) else { return }
            let names = try ContainerAccess.service().pruneNetworks(request)
            guard !names.isEmpty else { return }
            try StandardOutput.line("Deleted Networks:")
            for name in names { try StandardOutput.line(name) }
            try StandardOutput.write("\n")
        }
    }

    /// The command `llmbox network connect`.
    struct Connect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "connect",
            abstract: "Put a container on a network."
        )

        @Option(name: .long, help: "Further name on the network.") var alias: [String] = []
        @Option(name: .customLong("ip"), help: "IPv4 address.") var address: String?
        @Option(name: .customLong("ip6"), help: "IPv6 address.") var address6: String?
        @Option(name: .long, help: "Hardware address.") var macAddress: String?
        @Option(name: .long, help: "Further address that holds on the network alone.") var linkLocalIp: [String] = []
        @Argument(help: "The network.") var network: String
        @Argument(help: "The container.") var container: String

        func run() throws {
            var flags = RunFlags(image: "")
            flags.networkAliases = alias
            flags.address = address
            flags.address6 = address6
            flags.hardwareAddress = macAddress
            flags.linkLocalAddresses = linkLocalIp
            try ContainerAccess.service().connect(network, container, flags)
        }
    }

    /// The command `llmbox network disconnect`.
    struct Disconnect: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disconnect",
            abstract: "Take a container from a network."
        )

        @Flag(name: .shortAndLong, help: "A container that is gone is no error.") var force = false
        @Argument(help: "The network.") var network: String
        @Argument(help: "The container.") var container: String

        func run() throws {
            let service = try ContainerAccess.service()
            if force, try !service.exists(container) { return }
            try service.disconnect(network, container)
        }
    }
}
