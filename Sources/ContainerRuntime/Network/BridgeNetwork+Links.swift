internal import LinuxKernel

extension BridgeNetwork {
    /// Connects the network namespace of a process that waits for its release, or of one that runs.
    ///
    /// - Parameters:
    ///   - attachment: what ``reserve(container:owner:endpoint:names:ports:interface:)`` returned.
    ///   - pid: the process.
    ///   - leads: whether what has no better route goes this way.
    /// - Throws: ``NetworkError/system(_:)``.
    public func attach(_ attachment: NetworkAttachment, pid: Int32, leads: Bool = true) throws(NetworkError) {
        try configuration.home.perform { () throws(NetworkError) in try link(attachment, pid: pid) }
        do { try configure(attachment, pid: pid, leads: leads) } catch { throw .system(error) }
    }

    /// Makes the pair of interfaces, of which one is born in the process's namespace.
    private func link(_ attachment: NetworkAttachment, pid: Int32) throws(NetworkError) {
        do throws(SyscallError) {
            var host = try NetlinkSocket(.route)
            let found = try host.ask(RouteMessages.find(attachment.bridge))
            let bridge = RouteMessages.index(of: found)
            let pair = RouteMessages.makePair(
                host: attachment.hostInterface,
                bridge: bridge,
                inside: attachment.interface,
                pid: pid,
                hardwareAddress: attachment.hardwareAddress,
                // What the bridge passes on: a container that promised to take more would have its host learn the bridge's
                // limit from refusals, and believe it of its own loopback too, because that is where ports begin.
                mtu: RouteMessages.mtu(of: found)
            )
            try host.perform([(pair, [])])
            let isolated = configuration.definition?.connectsPeers == false
            if isolated || !attachment.ports.isEmpty {
                let index = RouteMessages.index(of: try host.ask(RouteMessages.find(attachment.hostInterface)))
                let change = RouteMessages.changePort(
                    index: index,
                    isolated: isolated,
                    hairpin: !attachment.ports.isEmpty
                )
                try host.perform([(change, [])])
            }
        } catch {
            throw .system(error)
        }
    }

    /// The greatest packet on the bridge: what `-o mtu=` says, else the greatest there can be.
    ///
    /// Nothing on a bridge is a wire: between containers, and between them and their host, a packet is a pointer, and its
    /// size only decides how often the protocols run. With Ethernet's 1,500 bytes a published port carries three quarters
    /// of what the host's loopback does, with these as much.
    private var mtu: UInt32 { configuration.definition?.mtu ?? Self.greatestMTU }

    /// The greatest packet of a bridge and of a pair of interfaces (`ETH_MAX_MTU`).
    private static let greatestMTU: UInt32 = 65_535

    /// The greatest packet for what leaves by the default route, where the bridge itself has no limit: what the host's own
    /// way out takes, which is less than Ethernet's in many clouds.
    ///
    /// What is too large would be dropped there, and the message that says so is often lost. In a user's namespace the way
    /// out is a program, and takes more.
    private static func outsideMTU(of interface: NetlinkReply) -> UInt32? {
        guard RouteMessages.mtu(of: interface) == greatestMTU else { return nil }
        let routes = HostRoutes((try? FileIO.readText(path: "/proc/thread-self/net/route")) ?? "")
        guard let wayOut = routes.wayOut, var host = try? NetlinkSocket(.route),
            let found = try? host.ask(RouteMessages.find(wayOut))
        else { return 1_500 }
        return RouteMessages.mtu(of: found) ?? 1_500
    }

    private func configure(_ attachment: NetworkAttachment, pid: Int32, leads: Bool) throws(SyscallError) {
        var inside = NetlinkSocket(
            adopting: try NetworkNamespace.netlinkSocket(of: pid, family: NetlinkSocket.Family.route.rawValue)
        )
        let interface = try inside.ask(RouteMessages.find(attachment.interface))
        let index = RouteMessages.index(of: interface)
        let outside = Self.outsideMTU(of: interface)
        let subnet = IPv4Subnet(attachment.address, prefixLength: attachment.prefixLength)
        var changes: [(message: NetlinkMessage, tolerating: Set<Int32>)] = [
            (RouteMessages.setUp(index: 1), []),
            (RouteMessages.addAddress(attachment.address, in: subnet, index: index), []),
            (RouteMessages.setUp(index: index), []),
        ]
        let leads = leads && !attachment.isInternal
        if leads {
            let route = RouteMessages.addDefaultRoute(through: attachment.gateway, index: index, mtu: outside)
            changes.append((route, []))
        }
        if let address = attachment.address6, let length = attachment.prefixLength6 {
            changes.append((RouteMessages.addAddress(address, prefixLength: length, index: index), []))
            if leads, let gateway = attachment.gateway6 {
                changes.append((RouteMessages.addDefaultRoute(through: gateway, index: index, mtu: outside), []))
            }
        }
        for text in attachment.linkLocal ?? [] {
            if let address = IPv4Address(text) {
                let subnet = IPv4Subnet(address, prefixLength: 16)
                changes.append((RouteMessages.addAddress(address, in: subnet, index: index), []))
            } else if let address = IPv6Address(text) {
                changes.append((RouteMessages.addAddress(address, prefixLength: 64, index: index), []))
            }
        }
        try inside.perform(changes)
    }

    /// Takes one network from a container that runs; its end inside goes with the one outside.
    public func detach(_ attachment: NetworkAttachment) throws(NetworkError) {
        _ = try configuration.home.performIfThere { () throws(NetworkError) in
            do throws(SyscallError) {
                var host = try NetlinkSocket(.route)
                try host.perform([(RouteMessages.remove(attachment.hostInterface), [NetworkErrorNumber.noDevice])])
            } catch {
                throw .system(error)
            }
        }
    }

    /// Gives a container that runs another default route, after it has lost the network of the one it had.
    public static func lead(through attachment: NetworkAttachment, pid: Int32) throws(NetworkError) {
        do {
            var inside = NetlinkSocket(
                adopting: try NetworkNamespace.netlinkSocket(of: pid, family: NetlinkSocket.Family.route.rawValue)
            )
            let interface = try inside.ask(RouteMessages.find(attachment.interface))
            let (index, mtu) = (RouteMessages.index(of: interface), Self.outsideMTU(of: interface))
            let exists: Set<Int32> = [NetworkErrorNumber.exists]
            let route = RouteMessages.addDefaultRoute(through: attachment.gateway, index: index, mtu: mtu)
            try inside.perform([(route, exists)])
            guard let gateway = attachment.gateway6 else { return }
            let route6 = RouteMessages.addDefaultRoute(through: gateway, index: index, mtu: mtu)
            try inside.perform([(route6, exists)])
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

    func makeBridge(_ subnet: IPv4Subnet) throws(SyscallError) {
        let definition = configuration.definition
        var route = try NetlinkSocket(.route)
        let make = RouteMessages.makeBridge(configuration.bridge)
        try route.perform([(make, [NetworkErrorNumber.exists])])
        let index = RouteMessages.index(of: try route.ask(RouteMessages.find(configuration.bridge)))
        let gateway = definition?.gateway ?? subnet.gateway
        let exists: Set<Int32> = [NetworkErrorNumber.exists]
        var changes: [(message: NetlinkMessage, tolerating: Set<Int32>)] = []
        if let subnet6 = definition?.subnet6 {
            let address = definition?.gateway6 ?? subnet6.gateway
            let add = RouteMessages.addAddress(address, prefixLength: subnet6.prefixLength, index: index)
            changes.append((add, exists))
        }
        // The IPv4 route appears with the last step, so its presence says that the bridge was finished.
        changes.append((RouteMessages.addAddress(gateway, in: subnet, index: index), exists))
        changes.append((RouteMessages.setUp(index: index, mtu: mtu), []))
        try route.perform(changes)
    }
}

/// Numbers of errors that are no failure in some places.
enum NetworkErrorNumber {
    static let noEntry: Int32 = 2
    static let exists: Int32 = 17
    static let noDevice: Int32 = 19
}
