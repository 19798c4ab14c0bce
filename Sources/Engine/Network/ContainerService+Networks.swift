internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

extension ContainerService {
    /// Makes a network and returns its id.
    public func createNetwork(_ flags: NetworkFlags) throws -> String {
        let plan = try NetworkPlan(flags)
        var generator = SystemRandomNumberGenerator()
        let id = ContainerNames.newID(using: &generator)
        let routes = HostRoutes(try FileIO.readText(path: "/proc/thread-self/net/route"))
        let network = try networks.add { others in
            try plan.definition(id: id, now: .now(), beside: others, routes: routes)
        }
        context.note("create", type: "network", network.id, ["name": network.name, "type": "bridge"])
        return network.id
    }

    /// All networks: the three that are always there, and those that users made, by name.
    ///
    /// - Parameter withContainers: whether to look who is on each.
    /// - Returns: what is known of them.
    /// - Throws: the errors of reading their files.
    public func listNetworks(withContainers: Bool = false) throws -> [NetworkSummary] {
        var summaries = try networks.all().map { NetworkSummary($0) } + NetworkSummary.predefined
        if withContainers { try addContainers(to: &summaries) }
        return summaries.sorted { $0.name < $1.name }
    }

    /// What is known of a network, with the containers that are on it now.
    public func inspectNetwork(_ reference: String) throws -> NetworkSummary {
        var summaries = [try summary(reference)]
        try addContainers(to: &summaries)
        var summary = summaries[0]
        if summary.subnets.isEmpty, summary.name == NetworkDefinition.defaultName,
            let subnet = BridgeNetwork().likelySubnet
        {
            // Those that the next container gets; scripts ask for the gateway before there is one.
            summary.subnets = [.init(subnet: "\(subnet)", gateway: "\(subnet.gateway)", range: nil)]
        }
        return summary
    }

    /// Adds the containers that are on networks now.
    private func addContainers(to summaries: inout [NetworkSummary]) throws {
        for directory in try containers.all() {
            // One that is removed while we look is on no network.
            guard let record = try? directory.record(), let state = try? directory.state() else { continue }
            for index in summaries.indices { summaries[index].add(record, state) }
        }
    }

    /// Whether a name or id is one of a network's.
    public func hasNetwork(_ reference: String) throws -> Bool {
        do {
            _ = try summary(reference)
            return true
        } catch NetworkServiceError.missing {
            return false
        }
    }

    private func summary(_ reference: String) throws -> NetworkSummary {
        if let network = try networks.find(reference) { return NetworkSummary(network) }
        let predefined = NetworkSummary.predefined.filter {
            $0.name == reference || (reference.utf8.count >= 4 && $0.id.hasPrefix(reference))
        }
        guard let found = predefined.first else { throw NetworkServiceError.missing(reference) }
        return found
    }

    /// Removes a network that no running container is on.
    ///
    /// - Parameters:
    ///   - reference: its name or id.
    ///   - force: whether a missing one is no error.
    /// - Throws: ``NetworkServiceError/inUse(_:by:)`` and others.
    public func removeNetwork(_ reference: String, force: Bool) throws {
        guard let network = try networks.find(reference) else {
            if NetworkSummary.predefined.contains(where: { $0.name == reference }) {
                throw NetworkServiceError.predefined(reference)
            }
            if force { return }
            throw NetworkServiceError.missing(reference)
        }
        let bridge = BridgeNetwork(.init(network))
        try bridge.sweep()
        let names = try inspectNetwork(network.name).containers.map(\.name)
        let ids = bridge.containers()
        guard names.isEmpty, ids.isEmpty else {
            throw NetworkServiceError.inUse(network.name, by: names.isEmpty ? ids : names.sorted())
        }
        try networks.remove(network)
        try bridge.removeEverything()
        context.note("destroy", type: "network", network.id, ["name": network.name, "type": "bridge"])
    }

    /// Removes the networks that no container is on now.
    ///
    /// As in docker, those that only stopped containers refer to go as well.
    ///
    /// - Parameter request: holds the conditions on those that are meant.
    /// - Returns: their names.
    /// - Throws: the errors of removing one.
    public func pruneNetworks(_ request: PruneRequest) throws -> [String] {
        BridgeNetwork().sweepOthers()
        try BridgeNetwork().sweep()
        var expected: Set<String> = []
        for directory in try containers.all() {
            // Made a moment ago by a `run` that is about to start it.
            guard let state = try? directory.state(), state.status == .created, state.maker?.isAlive == true,
                let record = try? directory.record()
            else { continue }
            expected.formUnion((state.endpoints ?? record.network.endpoints).map(\.network))
        }
        var removed: [String] = []
        for network in try networks.all() where !expected.contains(network.name) {
            guard request.accepts(created: network.created.seconds, labels: network.labels) else { continue }
            do {
                try removeNetwork(network.name, force: true)
            } catch NetworkServiceError.inUse {
                continue
            }
            removed.append(network.name)
        }
        return removed
    }

    /// Puts a container on a network.
    ///
    /// - Parameters:
    ///   - network: the network's name or id.
    ///   - container: the container.
    ///   - flags: of `run`, those about the place in the network.
    /// - Throws: the errors of looking both up, and of the network.
    public func connect(_ network: String, _ container: String, _ flags: RunFlags) throws {
        var flags = flags
        flags.networks = [try summary(network).name]
        let wish = try NetworkWish(flags)
        guard let endpoint = wish.endpoints.first, wish.mode == .bridge else {
            throw ArgumentError.invalid(option: "NETWORK", value: network, why: "containers cannot join it later")
        }
        let directory = try find(container)
        try ContainerControl.connect(directory, in: containers, to: endpoint)
        noteNetwork("connect", endpoint.network, directory)
    }

    /// Takes a container from a network.
    ///
    /// - Parameters:
    ///   - network: the network's name or id.
    ///   - container: the container.
    /// - Throws: the errors of looking both up.
    public func disconnect(_ network: String, _ container: String) throws {
        // The definition may be gone while a container still refers to it.
        let name = (try? summary(network).name) ?? network
        let directory = try find(container)
        try ContainerControl.disconnect(directory, in: containers, from: name)
        noteNetwork("disconnect", name, directory)
    }

    private func noteNetwork(_ action: String, _ name: String, _ directory: ContainerDirectory) {
        let id = (try? summary(name).id) ?? name
        context.note(action, type: "network", id, ["name": name, "type": "bridge", "container": directory.id])
    }
}
