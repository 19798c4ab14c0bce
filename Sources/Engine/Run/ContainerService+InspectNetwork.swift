internal import ContainerRuntime

extension ContainerService {
    /// A container's networks, addresses and ports, in docker's words.
    func networkView(_ record: ContainerRecord, _ state: ContainerState) throws -> ContainerInspection.Network {
        let wishes = state.endpoints ?? record.network.endpoints
        var networks: [String: ContainerInspection.Endpoint] = [:]
        if record.network.mode != .bridge { networks[record.network.mode.rawValue] = .init() }
        for wish in wishes {
            let attachment = state.networks.first { $0.network == wish.network }
            // Its definition may have been removed since.
            let network = try self.networks.named(wish.network)?.id ?? NetworkSummary.predefinedID(wish.network) ?? ""
            networks[wish.network] = .init(wish, attachment, network: network, container: record.id)
        }
        // The fields above the list tell of the default network, or else of the first.
        let main = state.networks.first { $0.network == NetworkDefinition.defaultName } ?? state.networks.first
        let endpoint = main.flatMap { networks[$0.network] } ?? .init()
        var ports: [String: [ContainerInspection.PortBinding]?] = [:]
        if state.isRunning {
            // What is only said to be listened on has no address.
            for port in record.network.exposedPorts { ports.updateValue(nil, forKey: port) }
            for (port, bindings) in Self.bindings(state.publishedPorts.flatMap(Self.families)) {
                ports[port] = bindings
            }
        }
        return .init(
            SandboxKey: state.process.map { "/proc/\($0.pid)/ns/net" } ?? "",
            EndpointID: endpoint.EndpointID,
            IPAddress: endpoint.IPAddress,
            Gateway: endpoint.Gateway,
            IPPrefixLen: endpoint.IPPrefixLen,
            IPv6Gateway: endpoint.IPv6Gateway,
            GlobalIPv6Address: endpoint.GlobalIPv6Address,
            GlobalIPv6PrefixLen: endpoint.GlobalIPv6PrefixLen,
            MacAddress: endpoint.MacAddress,
            Ports: ports,
            Networks: networks
        )
    }
}
