internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The network that containers share by default: a bridge on the host, one pair of interfaces per container, and
/// address translation for what leaves.
///
///     container eth0 ── veth ── bridge llmbox0 (gateway) ── nf_tables masquerade ── the world
///
/// Everything is asked of the kernel over netlink; no program is started. The container's interfaces end with its
/// network namespace, its address when its supervisor ends. The bridge and the table stay, and harm nobody.
public struct BridgeNetwork: Sendable {
    /// The names and addresses of a bridge network.
    public struct Configuration: Equatable, Sendable {
        /// The bridge's name, at most 15 bytes.
        public var bridge = "llmbox0"
        /// The name of the nf_tables table of family `ip`.
        public var table = "llmbox"
        /// The subnets to choose from, best first.
        public var subnets = ["172.30.0.0/16", "172.31.0.0/16", "172.29.0.0/16", "10.201.0.0/16", "192.168.230.0/24"]
            .compactMap { IPv4Subnet($0) }
        /// The directory of the lease file; volatile, and shared by all stores of the host, as the bridge is.
        public var stateDirectory = "/run/llmbox/network"

        /// The default bridge.
        public init() {}
    }

    /// The names and addresses in use.
    public let configuration: Configuration

    /// Describes a bridge network; nothing is made yet.
    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    /// Chooses the container's address, makes the bridge if it is missing, and returns what ``attach(_:pid:)`` will set up.
    ///
    /// - Parameters:
    ///   - container: the container's id.
    ///   - owner: the process whose end gives the address back.
    /// - Returns: the container's address and the names of its interfaces.
    /// - Throws: ``NetworkError/addressesExhausted(_:)``, ``NetworkError/packetFilterMissing(_:)`` and others.
    public func reserve(
        container: String,
        owner: ProcessIdentity = .current()
    ) throws(NetworkError) -> NetworkAttachment {
        var subnet: IPv4Subnet?
        let address = try changeLeases { (leases) throws(NetworkError) -> IPv4Address in
            // Under the lock, so that two processes do not choose two subnets for one bridge.
            let chosen = try prepareBridge()
            subnet = chosen
            let address = leases.reserve(container: container, owner: owner, in: chosen) { $0.isAlive }
            guard let address else { throw .addressesExhausted(chosen) }
            return address
        }
        guard let subnet else { throw .noFreeSubnet }
        return NetworkAttachment(
            bridge: configuration.bridge,
            // Random, because the namespace of an earlier run of the same container may still be dying with its own.
            hostInterface: "vl" + String(UInt32.random(in: .min ... .max), radix: 16),
            address: address,
            prefixLength: subnet.prefixLength,
            gateway: subnet.gateway,
            hardwareAddress: HardwareAddress(for: address)
        )
    }

    /// Connects the network namespace of a process that waits for its release.
    public func attach(_ attachment: NetworkAttachment, pid: Int32) throws(NetworkError) {
        do {
            var host = try NetlinkSocket(.route)
            let bridge = RouteMessages.index(of: try host.ask(RouteMessages.find(attachment.bridge)))
            let pair = RouteMessages.makePair(
                host: attachment.hostInterface,
                bridge: bridge,
                pid: pid,
                hardwareAddress: attachment.hardwareAddress
            )
            try host.perform([(pair, [])])
            var inside = NetlinkSocket(
                adopting: try NetworkNamespace.netlinkSocket(of: pid, family: NetlinkSocket.Family.route.rawValue)
            )
            let index = RouteMessages.index(of: try inside.ask(RouteMessages.find("eth0")))
            let subnet = IPv4Subnet(attachment.address, prefixLength: attachment.prefixLength)
            try inside.perform([
                (RouteMessages.setUp(index: 1), []),
                (RouteMessages.addAddress(attachment.address, in: subnet, index: index), []),
                (RouteMessages.setUp(index: index), []),
                (RouteMessages.addDefaultRoute(through: attachment.gateway, index: index), []),
            ])
        } catch {
            throw .system(error)
        }
    }

    /// Sets the loopback interface up in the network namespace of a process, for a container without a network.
    public static func attachLoopback(pid: Int32) throws(NetworkError) {
        do {
            var inside = NetlinkSocket(
                adopting: try NetworkNamespace.netlinkSocket(of: pid, family: NetlinkSocket.Family.route.rawValue)
            )
            try inside.perform([(RouteMessages.setUp(index: 1), [])])
        } catch {
            throw .system(error)
        }
    }

    /// Gives a container's address back.
    ///
    /// Its interfaces end with its network namespace.
    public func release(container: String) throws(NetworkError) {
        try changeLeases { (leases) throws(NetworkError) in leases.release(container: container) }
    }

    /// Removes the bridge and the table, for whoever uninstalls llmbox or cleans up after tests.
    public func removeEverything() throws(NetworkError) {
        do {
            var route = try NetlinkSocket(.route)
            try route.perform([(RouteMessages.remove(configuration.bridge), [ENODEV])])
        } catch {
            throw .system(error)
        }
        do {
            var filter = try NetlinkSocket(.netfilter)
            try filter.commit(PacketFilterMessages.removeTable(configuration.table))
        } catch {
            if error.errno != .noSuchFileOrDirectory { throw .system(error) }
        }
        _ = unlink(leasePath)
    }

    /// Makes what is missing of the bridge and the table, and returns the subnet.
    private func prepareBridge() throws(NetworkError) -> IPv4Subnet {
        do {
            let routes = HostRoutes(try FileIO.readText(path: "/proc/thread-self/net/route"))
            let chosen = routes.subnet(forBridge: configuration.bridge, candidates: configuration.subnets)
            guard let subnet = chosen else { throw NetworkError.noFreeSubnet }
            // The route appears with the last step below, so its presence says that the bridge was finished.
            if !routes.routes.contains(where: { $0.interface == configuration.bridge }) { try makeBridge(subnet) }
            try makeTable(subnet)
            let forwarding = "/proc/sys/net/ipv4/ip_forward"
            if try FileIO.readText(path: forwarding).hasPrefix("0") { try FileIO.writeControl(path: forwarding, "1") }
            return subnet
        } catch let error as NetworkError {
            throw error
        } catch let error as SyscallError {
            throw .system(error)
        } catch {
            throw .noFreeSubnet
        }
    }

    private func makeBridge(_ subnet: IPv4Subnet) throws(SyscallError) {
        var route = try NetlinkSocket(.route)
        try route.perform([(RouteMessages.makeBridge(configuration.bridge), [EEXIST])])
        let index = RouteMessages.index(of: try route.ask(RouteMessages.find(configuration.bridge)))
        try route.perform([
            (RouteMessages.addAddress(subnet.gateway, in: subnet, index: index), [EEXIST]),
            (RouteMessages.setUp(index: index), []),
        ])
    }

    private func makeTable(_ subnet: IPv4Subnet) throws(NetworkError) {
        do {
            var filter = try NetlinkSocket(.netfilter)
            // Asked first: a transaction that the kernel takes back waits for an RCU grace period, 10 ms and more.
            if (try? filter.ask(PacketFilterMessages.findTable(configuration.table))) != nil { return }
            try filter.commit(
                PacketFilterMessages.makeTable(configuration.table, subnet: subnet, bridge: configuration.bridge)
            )
        } catch {
            if error.errno != .fileExists { throw .packetFilterMissing(error) }
        }
    }

    /// One file per bridge and network namespace of the host: llmbox within a namespace has a bridge of its own.
    private var leasePath: String {
        let namespace = (try? FileIO.readLink(path: "/proc/thread-self/ns/net")) ?? ""
        let number = namespace.utf8.filter { (48...57).contains($0) }
        return
            "\(configuration.stateDirectory)/\(configuration.bridge)-\(String(decoding: number, as: UTF8.self)).leases"
    }

    private func changeLeases<Result>(
        _ change: (inout AddressLeases) throws(NetworkError) -> Result
    ) throws(NetworkError) -> Result {
        let path = leasePath
        let lock: FileLock
        do {
            try makeDirectories(configuration.stateDirectory)
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
            if leases != before {
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

    private func makeDirectories(_ path: String) throws(SyscallError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw SyscallError("make directory", path)
        }
        try makeDirectories(String(path[..<slash]))
        if mkdir(path, 0o700) < 0, errno != EEXIST { throw SyscallError("make directory", path) }
    }
}
