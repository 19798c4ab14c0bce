internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

extension ContainerService {
    /// The networks of this store.
    var networks: NetworkCollection { NetworkCollection(path: context.root.appending("networks").string) }

    /// Finds the container whose network is to be shared, and lets the plan enter it.
    func joinNetwork(_ request: inout RunRequest, id: String) throws -> ContainerDirectory? {
        guard request.network.mode == .container, let reference = request.network.target else { return nil }
        let target = try find(reference)
        guard try target.state().isRunning else { throw RunError.notRunning(reference) }
        for (option, isGiven) in [
            ("--hostname", request.flags.hostname != nil), ("--add-host", !request.extraHosts.isEmpty),
            ("--dns", !request.flags.dns.isEmpty),
        ] where isGiven {
            throw ArgumentError.conflict("`\(option)`", "`--network container:\(reference)`")
        }
        request.network.target = target.id
        let own = ContainerDirectory(path: "\(containers.path)/\(id)")
        request.options.network = .path(own.networkLinkPath)
        return target
    }

    /// What a container's record says of its network.
    func networkSettings(_ request: RunRequest, _ config: ContainerConfig) throws -> NetworkSettings {
        let wish = request.network
        var definitions: [NetworkDefinition?] = []
        for endpoint in wish.endpoints {
            let definition = try networks.named(endpoint.network)
            guard definition != nil || endpoint.network == NetworkDefinition.defaultName else {
                throw NetworkError.networkMissing(endpoint.network)
            }
            definitions.append(definition)
        }
        var ports = try allPorts(request, config)
        // As docker does it; `remarks(on:)` has said so.
        if wish.mode == .host || wish.mode == .none { ports = [] }
        if !ports.isEmpty {
            guard wish.mode == .bridge || wish.mode == .user else {
                throw RunError.portsWithoutBridge(wish.mode.rawValue)
            }
            guard wish.mode == .user || definitions.contains(where: { $0?.isInternal != true }) else {
                throw RunError.portsOfInternal(wish.endpoints.first?.network ?? "")
            }
            if wish.mode == .user, let port = ports.first(where: { $0.transport == .sctp }) {
                throw ArgumentError.unsupported(
                    option: "`-p …\(port.containerPort)/sctp` with `--network pasta`",
                    why: "it carries TCP and UDP; a network of `llmbox network create` carries SCTP"
                )
            }
        }
        let standard = try publishAddress(request, definitions)
        var settings = NetworkSettings(
            mode: wish.mode,
            target: wish.target,
            endpoints: wish.endpoints,
            ports: ports.map { Self.publication($0, standard) },
            extraHosts: request.extraHosts
        )
        settings.domain = request.flags.domainname
        settings.nameServers = request.flags.dns
        settings.exposedPorts = try exposed(request, config).map { "\($0.port)/\($0.transport.rawValue)" }
        return settings
    }

    private static func publication(_ port: PublishedPort, _ address: String) -> PortPublication {
        var publication = PortPublication(
            hostAddress: port.hostAddress ?? address,
            hostPort: port.hostPort ?? 0,
            containerPort: port.containerPort,
            transport: transport(port.transport)
        )
        publication.lastHostPort = port.lastHostPort
        return publication
    }

    private static func transport(_ transport: PublishedPort.Transport) -> PortPublication.Transport {
        switch transport {
        case .tcp: .tcp
        case .udp: .udp
        case .sctp: .sctp
        }
    }

    private func allPorts(_ request: RunRequest, _ config: ContainerConfig) throws -> [PublishedPort] {
        var ports = request.ports
        guard request.flags.publishesAll, [.bridge, .user].contains(request.network.mode) else { return ports }
        for (port, transport) in try exposed(request, config)
        where !ports.contains(where: { $0.containerPort == port && $0.transport == transport }) {
            ports.append(PublishedPort(hostAddress: nil, hostPort: nil, containerPort: port, transport: transport))
        }
        return ports
    }

    private func exposed(
        _ request: RunRequest,
        _ config: ContainerConfig
    ) throws -> [(port: UInt16, transport: PublishedPort.Transport)] {
        try ((config.exposedPorts ?? [:]).keys.sorted() + request.flags.exposed).flatMap { (text) throws in
            try PublishedPort.parseExposed(text)
        }
    }

    /// The host's address for ports without one: the command line's, the network's, the machine's, or all.
    private func publishAddress(_ request: RunRequest, _ definitions: [NetworkDefinition?]) throws -> String {
        let network = definitions.first { $0?.isInternal != true } ?? nil
        let chosen =
            try request.flags.publishAddress ?? network?.publishAddress ?? MachineSettings.read().publishAddress
        guard let chosen, !chosen.isEmpty, chosen != "0.0.0.0" else { return "" }
        guard IPv4Address(chosen) != nil || IPv6Address(chosen) != nil else {
            throw ArgumentError.invalid(
                option: "--publish-default-address",
                value: chosen,
                why: "it is no IP address"
            )
        }
        return chosen
    }

    /// The container's `/etc/resolv.conf`.
    ///
    /// On a network of one's own the container asks its own resolver, which knows the names there and asks the host's
    /// servers for the rest, from the host's network: a server on the host's loopback, too.
    func resolvConf(_ request: RunRequest, _ network: NetworkSettings) throws -> String {
        // A host without the file has no name service, and neither has the container.
        var host = (try? FileIO.readText(path: "/etc/resolv.conf")) ?? ""
        let real = "/run/systemd/resolve/resolv.conf"
        if ResolvConf.isStub(host), access(real, R_OK) == 0 { host = try FileIO.readText(path: real) }
        let flags = request.flags
        var wishes = ResolvConf.Wishes(servers: flags.dns, search: flags.dnsSearch, options: flags.dnsOptions)
        if network.endpoints.contains(where: { $0.network != NetworkDefinition.defaultName }) {
            wishes.servers = [NameServer.address]
            // A name of one word is asked for as it is, before any search domain is tried.
            if !wishes.options.contains(where: { $0.hasPrefix("ndots:") }) { wishes.options.append("ndots:0") }
        }
        let shares = network.mode == .host || network.mode == .namespace
        return ResolvConf.text(host: host, wishes: wishes, sharesHostNetwork: shares)
    }
}
