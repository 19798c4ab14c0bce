internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A network that containers share: a bridge on the host, one pair of interfaces per container, and address translation.
///
///     container eth0 ── veth ── bridge (gateway) ── nf_tables: masquerade, published ports ── the world
///
/// Everything is asked of the kernel over netlink; no program is started. The container's interfaces end with its
/// network namespace, its address and its ports when its supervisor ends, and the bridge and the table a second after
/// the last container: a moment that lets one `run` after the other find them there.
public struct BridgeNetwork: Sendable {
    /// The names and addresses of a bridge network.
    public struct Configuration: Equatable, Sendable {
        /// The network's name.
        public var name = NetworkDefinition.defaultName
        /// The names of the bridge and of its table in nf_tables, at most 15 bytes.
        public var bridge = "llmbox0"
        /// The subnets to choose from, best first.
        public var subnets = ["172.30.0.0/16", "172.31.0.0/16", "172.29.0.0/16", "10.201.0.0/16", "192.168.230.0/24"]
            .compactMap { IPv4Subnet($0) }
        /// The directory of the lease files; volatile, and shared by all stores of the host, as the bridges are.
        public var stateDirectory = BridgeHome.stateDirectory
        /// Seconds that the bridge stays after its last container.
        public var linger: UInt32 = 1
        /// What a user said about the network; nil for the default one.
        public var definition: NetworkDefinition?
        /// The network namespace that the bridge is in.
        var home = BridgeHome.standard

        /// The default bridge.
        public init() {}

        /// The network that a user made.
        public init(_ definition: NetworkDefinition, stateDirectory: String? = nil) {
            name = definition.name
            bridge = definition.bridge
            subnets = [definition.subnet]
            if let stateDirectory { self.stateDirectory = stateDirectory }
            self.definition = definition
        }
    }

    /// The names and addresses in use.
    public let configuration: Configuration

    /// Describes a bridge network; nothing is made yet.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Whether containers on it find each other by name: on the default network they do not, as in docker.
    var resolvesNames: Bool { configuration.definition != nil }

    /// Chooses the container's address, makes the bridge if it is missing, publishes its ports, and returns what
    /// ``attach(_:pid:leads:)`` will set up.
    ///
    /// - Parameters:
    ///   - container: the container's id.
    ///   - owner: the process whose end gives the address back.
    ///   - endpoint: what the container wishes.
    ///   - names: its names, the container's own first.
    ///   - ports: the ports to publish, with their real numbers.
    ///   - interface: the name of its interface.
    /// - Returns: the container's address and the names of its interfaces.
    /// - Throws: ``NetworkError/addressesExhausted(_:)``, ``NetworkError/packetFilterMissing(_:)`` and others.
    public func reserve(
        container: String,
        owner: ProcessIdentity = .current(),
        endpoint: NetworkEndpoint? = nil,
        names: [String] = [],
        ports: [PortPublication] = [],
        interface: String = "eth0"
    ) throws(NetworkError) -> NetworkAttachment {
        let request = AddressLeases.Request(
            container: container,
            address: endpoint?.address,
            address6: endpoint?.address6,
            hardwareAddress: endpoint?.hardwareAddress,
            names: names,
            ports: ports
        )
        if !ports.isEmpty { sweepOthers() }
        let (lease, subnet) = try configuration.home.perform { () throws(NetworkError) in
            try takeLease(request, owner: owner)
        }
        return attachment(lease, subnet, interface, endpoint)
    }

    /// Whether a container may ask for the fixed addresses of `endpoint`, as far as that can be told before it runs.
    func check(_ endpoint: NetworkEndpoint) throws(NetworkError) {
        guard let subnet = configuration.definition?.subnet else { return }
        try pool(subnet).check(endpoint.address, endpoint.address6)
    }

    private func pool(_ subnet: IPv4Subnet) -> AddressLeases.Pool {
        let definition = configuration.definition
        return AddressLeases.Pool(
            subnet: subnet,
            gateway: definition?.gateway ?? subnet.gateway,
            range: definition?.range,
            excluded: Set(definition.map { Array($0.reserved.values) } ?? []),
            subnet6: definition?.subnet6,
            gateway6: definition?.gateway6
        )
    }

    private func takeLease(
        _ request: AddressLeases.Request,
        owner: ProcessIdentity
    ) throws(NetworkError) -> (AddressLeases.Lease, IPv4Subnet) {
        return try changeLeases { (leases) throws(NetworkError) -> (AddressLeases.Lease, IPv4Subnet) in
            // Under the lock, so that two processes do not choose two subnets for one bridge.
            let dead = leases.dropDead(except: request.container) { $0.isAlive }
            let gone = dead + leases.leases.filter { $0.container == request.container }
            let subnet = try prepareBridge()
            let lease = try leases.reserve(request, owner: owner, in: pool(subnet))
            changePorts(of: gone, adding: false)
            try publish(lease)
            return (lease, subnet)
        }
    }

    private func attachment(
        _ lease: AddressLeases.Lease,
        _ subnet: IPv4Subnet,
        _ interface: String,
        _ endpoint: NetworkEndpoint?
    ) -> NetworkAttachment {
        let definition = configuration.definition
        return NetworkAttachment(
            network: configuration.name,
            bridge: configuration.bridge,
            // Random, because the namespace of an earlier run of the same container may still be dying with its own.
            hostInterface: "vl" + String(UInt32.random(in: .min ... .max), radix: 16),
            interface: interface,
            address: lease.address,
            prefixLength: subnet.prefixLength,
            gateway: definition?.gateway ?? subnet.gateway,
            address6: lease.address6,
            prefixLength6: definition?.subnet6?.prefixLength,
            gateway6: definition?.subnet6.map { definition?.gateway6 ?? $0.gateway },
            hardwareAddress: lease.hardwareAddress,
            linkLocal: endpoint?.linkLocal,
            isInternal: definition?.isInternal ?? false,
            names: lease.names,
            ports: lease.ports
        )
    }

    /// Gives a container's address and ports back, and lets the bridge go if this was the last.
    ///
    /// Its interfaces end with its network namespace.
    public func release(container: String) throws(NetworkError) {
        try drop { leases in leases.release(container: container) + leases.dropDead { $0.isAlive } }
    }

    /// Has others find a container that is on the network by these names, and by no other.
    func rename(container: String, to names: [String]) throws(NetworkError) {
        _ = try configuration.home.performIfThere { () throws(NetworkError) in
            try changeLeases { (leases) throws(NetworkError) in
                for index in leases.leases.indices where leases.leases[index].container == container {
                    leases.leases[index].names = names
                }
            }
        }
    }

    /// Takes back what killed processes have left, and removes the bridge if nothing else holds it.
    public func sweep() throws(NetworkError) {
        guard access(leasePath, F_OK) == 0 else { return }
        try drop { leases in leases.dropDead { $0.isAlive } }
    }

    /// Takes the ports of leases back that are no more, and lets the bridge go after the last of them.
    private func drop(_ change: (inout AddressLeases) -> [AddressLeases.Lease]) throws(NetworkError) {
        _ = try configuration.home.performIfThere { () throws(NetworkError) in
            let isLast = try changeLeases { (leases) throws(NetworkError) in
                changePorts(of: change(&leases), adding: false)
                return leases.leases.isEmpty
            }
            if isLast { try removeLater() }
        }
    }

    /// The same for every network of this host that has addresses given out, whichever store it belongs to.
    ///
    /// A port that a killed container had published in another network would else still lead there.
    public func sweepOthers() {
        for bridge in leasedBridges() where bridge != configuration.bridge {
            var other = configuration
            other.bridge = bridge
            // What cannot be swept now is next time.
            try? BridgeNetwork(other).sweep()
        }
    }

    /// The bridges of this network namespace that have lease files.
    func leasedBridges() -> [String] {
        guard let number = configuration.home.number else { return [] }
        let suffix = "-\(number).leases"
        guard let directory = try? OwnedFD.open(configuration.stateDirectory, O_RDONLY | O_DIRECTORY) else { return [] }
        let names = (try? DirectoryWalker.names(in: directory)) ?? []
        return names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.utf8.count)) }.sorted()
    }

    /// The containers that have an address now, by their ids.
    public func containers() -> [String] {
        leases().filter(\.owner.isAlive).map(\.container)
    }

    /// The leases as they are written, of the dead as well.
    func leases() -> [AddressLeases.Lease] {
        AddressLeases((try? FileIO.readText(path: leasePath)) ?? "", bootID: HostBoot.id).leases
    }

    /// One file per bridge and network namespace of the host: llmbox within a namespace has bridges of its own.
    var leasePath: String {
        "\(configuration.stateDirectory)/\(configuration.bridge)-\(configuration.home.number ?? "").leases"
    }

    /// Changes the leases, alone among all processes; an empty list is no file.
    func changeLeases<Result>(
        _ change: (inout AddressLeases) throws(NetworkError) -> Result
    ) throws(NetworkError) -> Result {
        let path = leasePath
        let lock: FileLock
        do {
            try Self.makeDirectories(configuration.stateDirectory)
            lock = try FileLock.acquire(path + ".lock", .exclusive)
        } catch {
            throw .system(error)
        }
        do throws(NetworkError) {
            let boot = HostBoot.id
            // Missing: nobody has an address yet.
            let before = AddressLeases((try? FileIO.readText(path: path)) ?? "", bootID: boot)
            var leases = before
            let result = try change(&leases)
            if leases.leases.isEmpty {
                _ = unlink(path)
            } else if leases != before {
                do {
                    try AtomicFile.write(path, Array(leases.text(bootID: boot).utf8), durable: false)
                } catch {
                    throw .system(error)
                }
            }
            lock.release()
            return result
        } catch {
            lock.release()
            throw error
        }
    }

    static func makeDirectories(_ path: String) throws(SyscallError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SyscallError("make directory", path)
        }
        try makeDirectories(String(path[..<slash]))
        if mkdir(path, 0o700) < 0, errno != EEXIST { throw SyscallError("make directory", path) }
    }
}
