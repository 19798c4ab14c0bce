/// The messages of rtnetlink that a bridge network needs, as values.
enum RouteMessages {
    private static let newLink: UInt16 = 16
    private static let getLink: UInt16 = 18
    private static let deleteLink: UInt16 = 17
    private static let newAddress: UInt16 = 20
    private static let newRoute: UInt16 = 24
    private static let setLink: UInt16 = 19
    private static let up: UInt32 = 1

    /// Makes a bridge, down and without address.
    static func makeBridge(_ name: String) -> NetlinkMessage {
        var message = NetlinkMessage(
            type: newLink,
            flags: NetlinkMessage.create | NetlinkMessage.exclusive,
            body: interface()
        )
        message.attribute(3, text: name)  // IFLA_IFNAME
        message.body += NetlinkMessage.nested(
            18,
            NetlinkMessage.attribute(1, NetlinkMessage.text("bridge")),
            marked: false
        )
        return message
    }

    /// Makes a pair of interfaces: one end here, up and in the bridge, the other in the network of `pid`.
    static func makePair(
        host: String,
        bridge: UInt32,
        inside: String,
        pid: Int32,
        hardwareAddress: HardwareAddress,
        mtu: UInt32? = nil
    ) -> NetlinkMessage {
        var message = NetlinkMessage(
            type: newLink,
            flags: NetlinkMessage.create | NetlinkMessage.exclusive,
            body: interface(flags: up, change: up)
        )
        message.attribute(3, text: host)
        message.attribute(10, bridge)  // IFLA_MASTER
        if let mtu { message.attribute(4, mtu) }  // IFLA_MTU
        var peer = interface()
        peer += NetlinkMessage.attribute(3, NetlinkMessage.text(inside))
        if let mtu { peer += NetlinkMessage.attribute(4, NetlinkMessage.native(mtu)) }
        peer += NetlinkMessage.attribute(1, hardwareAddress.bytes)  // IFLA_ADDRESS
        peer += NetlinkMessage.attribute(19, NetlinkMessage.native(UInt32(bitPattern: pid)))  // IFLA_NET_NS_PID
        // IFLA_LINKINFO { IFLA_INFO_KIND, IFLA_INFO_DATA { VETH_INFO_PEER } }
        let data = NetlinkMessage.nested(2, NetlinkMessage.nested(1, peer, marked: false), marked: false)
        let kind = NetlinkMessage.attribute(1, NetlinkMessage.text("veth"))
        message.body += NetlinkMessage.nested(18, kind + data, marked: false)
        return message
    }

    /// Sets an interface up, with a greatest size of packets that stays whatever joins a bridge.
    static func setUp(index: UInt32, mtu: UInt32? = nil) -> NetlinkMessage {
        var message = NetlinkMessage(type: newLink, body: interface(index: index, flags: up, change: up))
        if let mtu { message.attribute(4, mtu) }  // IFLA_MTU
        return message
    }

    /// Removes an interface by name.
    static func remove(_ name: String) -> NetlinkMessage {
        var message = NetlinkMessage(type: deleteLink, body: interface())
        message.attribute(3, text: name)
        return message
    }

    /// Asks for an interface by name; the answer's index is at ``index(of:)``.
    static func find(_ name: String) -> NetlinkMessage {
        var message = NetlinkMessage(type: getLink, body: interface())
        message.attribute(3, text: name)
        return message
    }

    /// The index in the answer to ``find(_:)``.
    static func index(of reply: NetlinkReply) -> UInt32 { NetlinkReply.number(reply.body, 4) }

    /// The greatest packet in the answer to ``find(_:)``, in bytes.
    static func mtu(of reply: NetlinkReply) -> UInt32? {
        reply.attribute(4, after: 16).map { NetlinkReply.number($0, 0) }  // IFLA_MTU
    }

    /// Gives an interface an IPv4 address, and with it the route to its subnet.
    static func addAddress(
        _ address: IPv4Address,
        in subnet: IPv4Subnet,
        index: UInt32
    ) -> NetlinkMessage {
        // struct ifaddrmsg: family, prefix length, flags, scope, index
        let fixed: [UInt8] = [2, subnet.prefixLength, 0, 0] + NetlinkMessage.native(index)
        var message = NetlinkMessage(
            type: newAddress,
            flags: NetlinkMessage.create | NetlinkMessage.exclusive,
            body: fixed
        )
        message.attribute(2, address.bytes)  // IFA_LOCAL
        message.attribute(1, address.bytes)  // IFA_ADDRESS
        message.attribute(4, subnet.broadcast.bytes)  // IFA_BROADCAST
        return message
    }

    /// Gives an interface an IPv6 address that can be used at once: nobody else can have it, so nobody is asked.
    static func addAddress(_ address: IPv6Address, prefixLength: UInt8, index: UInt32) -> NetlinkMessage {
        // Family AF_INET6; flag IFA_F_NODAD.
        let fixed: [UInt8] = [10, prefixLength, 2, 0] + NetlinkMessage.native(index)
        var message = NetlinkMessage(
            type: newAddress,
            flags: NetlinkMessage.create | NetlinkMessage.exclusive,
            body: fixed
        )
        message.attribute(2, address.bytes)
        message.attribute(1, address.bytes)
        return message
    }

    /// Sends everything without a better route through a gateway, in packets of at most `mtu` bytes where one is given.
    static func addDefaultRoute(through gateway: IPv4Address, index: UInt32, mtu: UInt32? = nil) -> NetlinkMessage {
        defaultRoute(family: 2, gateway.bytes, index, mtu)
    }

    /// The same for IPv6.
    static func addDefaultRoute(through gateway: IPv6Address, index: UInt32, mtu: UInt32? = nil) -> NetlinkMessage {
        defaultRoute(family: 10, gateway.bytes, index, mtu)
    }

    /// Changes how a bridge treats one of its ports.
    ///
    /// - Parameters:
    ///   - index: the port's interface.
    ///   - isolated: whether it talks to the bridge only, not to the other ports that are isolated.
    ///   - hairpin: whether a packet may leave where it came in: a container that uses its own published port, on hosts
    ///     where `br_netfilter` translates addresses within the bridge.
    /// - Returns: the message.
    static func changePort(index: UInt32, isolated: Bool, hairpin: Bool) -> NetlinkMessage {
        // Family AF_BRIDGE; IFLA_PROTINFO { IFLA_BRPORT_MODE, IFLA_BRPORT_ISOLATED }.
        var message = NetlinkMessage(
            type: setLink,
            body: NetlinkMessage.native(UInt32(7)) + interface(index: index).dropFirst(4)
        )
        message.body += NetlinkMessage.nested(
            12,
            NetlinkMessage.attribute(4, [hairpin ? 1 : 0]) + NetlinkMessage.attribute(33, [isolated ? 1 : 0])
        )
        return message
    }

    private static func defaultRoute(
        family: UInt8,
        _ gateway: [UInt8],
        _ index: UInt32,
        _ mtu: UInt32?
    ) -> NetlinkMessage {
        // struct rtmsg: family, prefix lengths of destination and source, tos, table main, protocol boot, scope
        // universe, type unicast, flags
        let fixed: [UInt8] = [family, 0, 0, 0, 254, 3, 0, 1] + NetlinkMessage.native(UInt32(0))
        var message = NetlinkMessage(
            type: newRoute,
            flags: NetlinkMessage.create | NetlinkMessage.exclusive,
            body: fixed
        )
        message.attribute(5, gateway)  // RTA_GATEWAY
        message.attribute(4, index)  // RTA_OIF
        // RTA_METRICS { RTAX_MTU }; the segments that TCP asks the other side for follow from it.
        if let mtu {
            message.body += NetlinkMessage.nested(
                8,
                NetlinkMessage.attribute(2, NetlinkMessage.native(mtu)),
                marked: false
            )
        }
        return message
    }

    /// `struct ifinfomsg`: family, padding, type, index, flags, changed flags.
    private static func interface(index: UInt32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
        NetlinkMessage.native(UInt32(0)) + NetlinkMessage.native(index) + NetlinkMessage.native(flags)
            + NetlinkMessage.native(change)
    }
}
