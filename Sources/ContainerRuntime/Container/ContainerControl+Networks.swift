internal import Glibc
internal import LinuxKernel
internal import SystemPackage

extension ContainerControl {
    /// Puts a container on a further network, at once where it runs, and for all its starts to come.
    ///
    /// - Parameters:
    ///   - directory: the container.
    ///   - collection: the containers of the store.
    ///   - endpoint: what it wishes of the network.
    ///   - network: the network that is always there.
    /// - Throws: ``ContainerError/alreadyConnected(_:network:)`` and the errors of the network.
    public static func connect(
        _ directory: ContainerDirectory,
        in collection: ContainerCollection,
        to endpoint: NetworkEndpoint,
        network: BridgeNetwork = BridgeNetwork()
    ) throws {
        let record = try directory.record()
        guard record.network.mode == .bridge else {
            throw ContainerError.noOwnNetwork(directory.id, mode: record.network.displayName)
        }
        let networks = networks(record, directory, collection, network)
        let bridge = try networks.bridge(endpoint.network)
        let before = try networks.endpoints()
        guard !before.contains(where: { $0.network == endpoint.network }) else {
            throw ContainerError.alreadyConnected(directory.id, network: endpoint.network)
        }
        try bridge.check(endpoint)
        try directory.updateState { $0.endpoints = before + [endpoint] }
        let hasNames = endpoint.network != NetworkDefinition.defaultName
        if hasNames { try ConnectedNames.lead(directory) }
        let state = try directory.state()
        guard state.isRunning, let process = state.process, let supervisor = state.supervisor else { return }
        do {
            let used = Set(state.networks.map(\.interface))
            let interface = (0...).lazy.map { "eth\($0)" }.first { !used.contains($0) } ?? "eth0"
            let attachment = try bridge.reserve(
                container: record.id,
                owner: supervisor,
                endpoint: endpoint,
                names: networks.names(endpoint),
                interface: interface
            )
            do {
                try bridge.attach(attachment, pid: process.pid, leads: state.networks.allSatisfy(\.isInternal))
                let now = try directory.updateState { $0.networks.append(attachment) }
                try writeHosts(directory, networks.hostsText(now.networks))
                if hasNames { try ConnectedNames.start(directory) }
            } catch {
                try? bridge.release(container: record.id)
                throw error
            }
        } catch {
            try directory.updateState { $0.endpoints = before }
            throw error
        }
    }

    /// Takes a container from a network.
    ///
    /// - Throws: ``ContainerError/notConnected(_:network:)``.
    public static func disconnect(
        _ directory: ContainerDirectory,
        in collection: ContainerCollection,
        from name: String,
        network: BridgeNetwork = BridgeNetwork()
    ) throws {
        let record = try directory.record()
        let networks = networks(record, directory, collection, network)
        let before = try networks.endpoints()
        let state = try directory.state()
        let attachment = state.networks.first { $0.network == name }
        guard before.contains(where: { $0.network == name }) || attachment != nil else {
            throw ContainerError.notConnected(directory.id, network: name)
        }
        try directory.updateState { current in
            current.endpoints = before.filter { $0.network != name }
            current.networks.removeAll { $0.network == name }
        }
        guard state.isRunning, let process = state.process, let attachment else { return }
        try networks.bridge(of: attachment).detach(attachment)
        networks.release([attachment])
        let left = state.networks.filter { $0.network != name }
        // The way out went with the interface, if this was it.
        if let next = left.first(where: { !$0.isInternal }) { try BridgeNetwork.lead(through: next, pid: process.pid) }
        try writeHosts(directory, networks.hostsText(left))
    }

    /// Gives a container another name, by which those on its networks find it from now on.
    ///
    /// - Parameters:
    ///   - directory: the container.
    ///   - collection: the containers of the store.
    ///   - name: the new name.
    ///   - network: the network that is always there.
    /// - Throws: ``ContainerError/nameTaken(_:by:)`` and the errors of the network.
    public static func rename(
        _ directory: ContainerDirectory,
        in collection: ContainerCollection,
        to name: String,
        network: BridgeNetwork = BridgeNetwork()
    ) throws {
        try collection.rename(directory, to: name)
        let networks = networks(try directory.record(), directory, collection, network)
        let state = try directory.state()
        guard state.isRunning, !state.networks.isEmpty else { return }
        let endpoints = try networks.endpoints()
        for attachment in state.networks {
            guard let endpoint = endpoints.first(where: { $0.network == attachment.network }) else { continue }
            let names = networks.names(endpoint)
            try networks.bridge(of: attachment).rename(container: directory.id, to: names)
            try directory.updateState { state in
                for index in state.networks.indices where state.networks[index].network == attachment.network {
                    state.networks[index].names = names
                }
            }
        }
    }

    static func networks(
        _ record: ContainerRecord,
        _ directory: ContainerDirectory,
        _ collection: ContainerCollection,
        _ network: BridgeNetwork
    ) -> ContainerNetworks {
        ContainerNetworks(
            record: record,
            directory: directory,
            standard: network,
            collection: NetworkCollection(path: collection.path + "/../networks")
        )
    }

    /// Writes into the file that is there: a running container has its inode bind-mounted.
    static func writeHosts(_ directory: ContainerDirectory, _ text: String) throws(SyscallError) {
        let path = directory.hostsPath
        let file = try OwnedFD.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
        try FileIO.writeAll(file, Array(text.utf8), name: path)
    }
}
