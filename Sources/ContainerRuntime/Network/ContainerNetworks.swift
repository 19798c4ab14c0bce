internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The networks of one container, from its wishes to its interfaces.
struct ContainerNetworks {
    let record: ContainerRecord
    let directory: ContainerDirectory
    /// The network that is always there.
    let standard: BridgeNetwork
    let collection: NetworkCollection

    /// The network of a name.
    func bridge(_ name: String) throws -> BridgeNetwork {
        if name == NetworkDefinition.defaultName { return standard }
        guard let definition = try collection.named(name) else { throw NetworkError.networkMissing(name) }
        return bridge(definition)
    }

    private func bridge(_ definition: NetworkDefinition) -> BridgeNetwork {
        var configuration = BridgeNetwork.Configuration(
            definition,
            stateDirectory: standard.configuration.stateDirectory
        )
        configuration.linger = standard.configuration.linger
        configuration.home = standard.configuration.home
        return BridgeNetwork(configuration)
    }

    /// The network that an attachment belongs to, also when its definition has been removed since.
    func bridge(of attachment: NetworkAttachment) -> BridgeNetwork {
        var configuration = standard.configuration
        configuration.bridge = attachment.bridge
        configuration.name = attachment.network
        return BridgeNetwork(configuration)
    }

    /// What the container wishes: as it was made, or as `network connect` and `disconnect` have changed it.
    func endpoints() throws -> [NetworkEndpoint] {
        guard record.network.mode == .bridge else { return [] }
        return try directory.storedState().endpoints ?? record.network.endpoints
    }

    /// Gets an address from each network; all or none.
    func reserve(owner: ProcessIdentity, ports: [PortPublication]) throws -> [NetworkAttachment] {
        var attachments: [NetworkAttachment] = []
        // Also without a network yet: one that it joins later must stay as long as the container.
        if record.network.mode == .bridge { try standard.configuration.home.use() }
        do {
            var ports = ports
            for endpoint in try endpoints() {
                let bridge = try bridge(endpoint.network)
                // The ports are those of the network that also leads out, the first that is not internal.
                let own = bridge.configuration.definition?.isInternal == true ? [] : ports
                attachments.append(
                    try bridge.reserve(
                        container: record.id,
                        owner: owner,
                        endpoint: endpoint,
                        names: names(endpoint),
                        ports: own,
                        interface: "eth\(attachments.count)"
                    )
                )
                if !own.isEmpty { ports = [] }
            }
            return attachments
        } catch {
            release(attachments)
            throw error
        }
    }

    /// The names by which others on a network find the container.
    func names(_ endpoint: NetworkEndpoint) -> [String] {
        var names = [record.name]
        for name in endpoint.aliases + [record.shortID, record.hostname] where !name.isEmpty && !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// Connects the network namespace of the container's process.
    func attach(_ attachments: [NetworkAttachment], pid: Int32) throws(NetworkError) {
        let leading = attachments.firstIndex { !$0.isInternal }
        for (index, attachment) in attachments.enumerated() {
            var network = bridge(of: attachment)
            // Its rules matter here; one that was removed this instant has none.
            if let own = try? bridge(attachment.network) { network = own }
            try network.attach(attachment, pid: pid, leads: index == leading)
        }
        if attachments.isEmpty { try BridgeNetwork.attachLoopback(pid: pid) }
    }

    /// Gives everything back; what cannot be given back now is free as soon as this process has ended.
    func release(_ attachments: [NetworkAttachment]) {
        for attachment in attachments { try? bridge(of: attachment).release(container: record.id) }
    }

    /// Lets the file that the plan names lead to the network namespace of the container whose network this one shares.
    ///
    /// The process there is another one each time, and the plan was made once.
    func join(in containers: ContainerCollection) throws {
        guard record.network.mode == .container, let target = record.network.target else { return }
        let other = ContainerDirectory(path: "\(containers.path)/\(target)")
        let name = (try? other.record().name) ?? String(target.prefix(12))
        guard let state = try? other.state(), state.isRunning, let process = state.process, process.isAlive else {
            throw NetworkError.targetNotRunning(name)
        }
        _ = unlink(directory.networkLinkPath)
        try check("make", directory.networkLinkPath) {
            symlink("/proc/\(process.pid)/ns/net", directory.networkLinkPath)
        }
    }

    /// The network namespace of somebody else's that the container is born in, if any.
    var joinedNamespaces: [JoinedNamespace] {
        let path: String? =
            switch record.network.mode {
            case .container: directory.networkLinkPath
            case .namespace: record.network.target
            case .none, .host, .bridge, .user: nil
            }
        // CLONE_NEWNET
        return path.map { [JoinedNamespace(path: $0, kind: 0x4000_0000)] } ?? []
    }

    /// The container's `/etc/hosts`.
    func hostsText(_ attachments: [NetworkAttachment]) -> String {
        let addresses = attachments.flatMap { attachment in
            [attachment.address.description] + (attachment.address6.map { [$0.description] } ?? [])
        }
        return HostsFile.text(
            hostname: record.hostname,
            domain: record.network.domain,
            addresses: addresses,
            extra: record.network.extraHosts,
            // In a user's namespace the gateway is not the host.
            gateway: standard.configuration.home.isShared
                ? nil : (attachments.first { !$0.isInternal } ?? attachments.first)?.gateway
        )
    }
}
