internal import Glibc
internal import LinuxKernel
internal import SystemPackage

extension BridgeNetwork {
    /// Makes what is missing of the bridge, the table and the host's forwarding, and returns the subnet.
    func prepareBridge() throws(NetworkError) -> IPv4Subnet {
        let routes: HostRoutes
        do { routes = HostRoutes(try FileIO.readText(path: "/proc/thread-self/net/route")) } catch {
            throw .system(error)
        }
        guard let subnet = routes.subnet(forBridge: configuration.bridge, candidates: subnets()) else {
            guard let wanted = configuration.definition?.subnet else { throw .noFreeSubnet }
            throw .subnetInUse(wanted, by: routes.interface(overlapping: wanted) ?? "another network")
        }
        do {
            if !routes.routes.contains(where: { $0.interface == configuration.bridge }) { try makeBridge(subnet) }
        } catch {
            throw .system(error)
        }
        try makeTable(filter(subnet))
        do throws(SyscallError) {
            if configuration.definition?.isInternal != true {
                try HostForwarding.enable(ipv6: configuration.definition?.subnet6 != nil)
            }
        } catch {
            throw .system(error)
        }
        DockerCoexistence.admit(configuration.bridge)
        return subnet
    }

    /// The subnet that the bridge has, or would get now; nil where none is free.
    public var likelySubnet: IPv4Subnet? {
        let found = try? configuration.home.performIfThere { () throws(NetworkError) -> IPv4Subnet? in
            // What cannot be read forbids nothing.
            let routes = HostRoutes((try? FileIO.readText(path: "/proc/thread-self/net/route")) ?? "")
            return routes.subnet(forBridge: configuration.bridge, candidates: subnets())
        }
        return found ?? subnets().first
    }

    /// The subnets to choose from, in a user's namespace without those that the host reaches, if any are left then.
    private func subnets() -> [IPv4Subnet] {
        guard configuration.home.isShared, configuration.definition == nil,
            // Of this process's network, which is the host's: what cannot be read forbids nothing.
            let text = try? FileIO.readText(path: "/proc/self/net/route")
        else { return configuration.subnets }
        let host = HostRoutes(text)
        let free = configuration.subnets.filter { host.interface(overlapping: $0) == nil }
        return free.isEmpty ? configuration.subnets : free
    }

    private func filter(_ subnet: IPv4Subnet) -> NetworkFilter {
        let definition = configuration.definition
        return NetworkFilter(
            bridge: configuration.bridge,
            subnet: subnet,
            subnet6: definition?.subnet6,
            isInternal: definition?.isInternal ?? false,
            masquerades: definition?.masquerades ?? true
        )
    }

    private func makeTable(_ filter: NetworkFilter) throws(NetworkError) {
        do {
            var socket = try NetlinkSocket(.netfilter)
            // Asked first: a transaction that the kernel takes back waits for an RCU grace period, 10 ms and more. And
            // asked each time: `nft flush ruleset`, which a restart of a firewall does, takes the table away.
            if (try? socket.ask(PacketFilterMessages.findTable(filter.bridge))) != nil { return }
            try socket.commit(filter.make())
            // The ports of those that run come back with the table.
            changePorts(of: leases(), adding: true)
        } catch {
            if error.errno != .fileExists { throw .packetFilterMissing(error) }
        }
    }

    /// Lets the published ports of a lease lead to its container.
    func publish(_ lease: AddressLeases.Lease) throws(NetworkError) {
        guard !lease.ports.isEmpty else { return }
        do throws(SyscallError) {
            if lease.ports.contains(where: { $0.hostAddress.isEmpty || $0.hostAddress.hasPrefix("127.") }) {
                // What is sent to 127.0.0.1 may then be routed to the bridge, and answers from it taken for local.
                let path = "/proc/sys/net/ipv4/conf/\(configuration.bridge)/route_localnet"
                try FileIO.writeControl(path: path, "1")
            }
            let changes = NetworkFilter.change(configuration.bridge, adding: true, Self.translations(lease))
            guard !changes.isEmpty else { return }
            var socket = try NetlinkSocket(.netfilter)
            try socket.commit(PacketFilterMessages.transaction(changes))
        } catch {
            throw .packetFilterMissing(error)
        }
        ConnectionTracking.forget([lease])
    }

    /// Publishes ports of several leases, or takes them back; one that is not as expected is passed over.
    func changePorts(of leases: [AddressLeases.Lease], adding: Bool) {
        for lease in leases where !lease.ports.isEmpty {
            let changes = NetworkFilter.change(configuration.bridge, adding: adding, Self.translations(lease))
            guard !changes.isEmpty, var socket = try? NetlinkSocket(.netfilter) else { continue }
            // The table may have been flushed or the entry replaced; then there is nothing to take back.
            try? socket.commit(PacketFilterMessages.transaction(changes))
        }
        if !adding { ConnectionTracking.forget(leases) }
    }

    private static func translations(_ lease: AddressLeases.Lease) -> [NetworkFilter.Translation] {
        lease.ports.map { NetworkFilter.Translation(port: $0, address: lease.address, address6: lease.address6) }
    }

    /// Removes the bridge and the table when nobody has taken an address a moment later.
    ///
    /// The kernel takes 50 ms and more over it, for which nobody who waits for a container should have to wait: a
    /// process of its own does it, which holds nothing and runs nothing but these few system calls.
    func removeLater() throws(NetworkError) {
        guard configuration.linger > 0 else { return try removeHere() }
        let guests = DockerCoexistence.removals(configuration.bridge)
        let batches: [(family: NetlinkSocket.Family, messages: [NetlinkMessage])] = [
            (.netfilter, guests.isEmpty ? [] : PacketFilterMessages.transaction(guests)),
            (.netfilter, NetworkFilter.remove(configuration.bridge)),
            (.route, [RouteMessages.remove(configuration.bridge)]),
        ]
        do {
            try DeferredNetlink.send(
                batches.filter { !$0.messages.isEmpty }
                    .map { .init(family: $0.family.rawValue, bytes: NetlinkSocket.bytes($0.messages)) },
                after: configuration.linger,
                unless: leasePath,
                locking: leasePath + ".lock"
            )
        } catch {
            try removeHere()
        }
    }

    /// Removes the bridge and the table at once, whoever uses them.
    public func removeEverything() throws(NetworkError) {
        _ = try configuration.home.performIfThere { () throws(NetworkError) in try removeHere() }
    }

    private func removeHere() throws(NetworkError) {
        do throws(SyscallError) {
            var route = try NetlinkSocket(.route)
            try route.perform([(RouteMessages.remove(configuration.bridge), [NetworkErrorNumber.noDevice])])
            var socket = try NetlinkSocket(.netfilter)
            let guests = DockerCoexistence.removals(configuration.bridge)
            if !guests.isEmpty { try? socket.commit(PacketFilterMessages.transaction(guests)) }
            do throws(SyscallError) {
                try socket.commit(NetworkFilter.remove(configuration.bridge))
            } catch {
                if error.errno != .noSuchFileOrDirectory { throw error }
            }
        } catch {
            throw .system(error)
        }
        _ = unlink(leasePath)
        _ = unlink(leasePath + ".lock")
    }
}

/// The host's willingness to pass packets on.
public enum HostForwarding {
    /// Turns it on where it is off.
    ///
    /// It stays on afterwards: others may have come to rely on it, and nobody could tell.
    static func enable(ipv6: Bool) throws(SyscallError) {
        try turnOn("/proc/sys/net/ipv4/ip_forward")
        guard ipv6 else { return }
        let all = "/proc/sys/net/ipv6/conf/all/forwarding"
        guard try FileIO.readText(path: all).hasPrefix("0") else { return }
        // A host that forwards does not listen to routers any more, unless told to: 2.
        let interfaces =
            (try? DirectoryWalker.names(in: OwnedFD.open("/proc/sys/net/ipv6/conf", O_RDONLY | O_DIRECTORY)))
        for interface in interfaces ?? [] where interface != "all" && interface != "lo" {
            let path = "/proc/sys/net/ipv6/conf/\(interface)/accept_ra"
            if (try? FileIO.readText(path: path))?.hasPrefix("1") == true {
                try FileIO.writeControl(path: path, "2")
            }
        }
        try turnOn(all)
    }

    /// Whether IPv4 packets are passed on now.
    public static var isOn: Bool {
        (try? FileIO.readText(path: "/proc/sys/net/ipv4/ip_forward"))?.hasPrefix("1") == true
    }

    private static func turnOn(_ path: String) throws(SyscallError) {
        if try FileIO.readText(path: path).hasPrefix("0") { try FileIO.writeControl(path: path, "1") }
    }
}
