import Testing

@testable import ContainerRuntime

@Suite struct NetworkMessageTests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("a bridge is made by these bytes")
    func bridge() {
        let bytes = RouteMessages.makeBridge("br0").bytes(sequence: 7)
        #expect(
            hex(bytes) == "38000000" + "1000" + "0106" + "07000000" + "00000000"  // header
                + "00000000000000000000000000000000"  // ifinfomsg
                + "08000300" + "62723000"  // IFLA_IFNAME
                + "10001200" + "0b000100" + "62726964676500" + "00"  // IFLA_LINKINFO { IFLA_INFO_KIND }
        )
    }

    @Test("an address is added by these bytes")
    func address() throws {
        let subnet = try #require(IPv4Subnet("172.30.0.0/16"))
        let message = RouteMessages.addAddress(subnet.gateway, in: subnet, index: 3)
        #expect(
            hex(message.bytes(sequence: 1)) == "30000000" + "1400" + "0106" + "01000000" + "00000000"
                + "0210000003000000" + "08000200ac1e0001" + "08000100ac1e0001" + "08000400ac1effff"
        )
    }

    @Test("each protocol's ports are published under its own number")
    func protocols() throws {
        let address = try #require(IPv4Address("172.30.0.2"))
        for (transport, number) in [(PortPublication.Transport.tcp, "06"), (.udp, "11"), (.sctp, "84")] {
            let port = PortPublication(hostPort: 0x1234, containerPort: 0x50, transport: transport)
            let changes = NetworkFilter.change("br0", adding: true, [.init(port: port, address: address)])
            let bytes = hex(changes.flatMap { $0.bytes(sequence: 1) })
            // The key: protocol and port, padded each; the value: address and port.
            #expect(bytes.contains(number + "000000" + "12340000"), "\(transport)")
            #expect(bytes.contains("ac1e0002" + "00500000"), "\(transport)")
        }
    }

    @Test("an acknowledgement, an error and data are told apart")
    func replies() {
        let error = NetlinkMessage(type: 2, body: NetlinkMessage.native(Int32(-17))).bytes(sequence: 9)
        let data = NetlinkMessage(type: 16, body: [1, 2, 3, 4, 5]).bytes(sequence: 10)
        let replies = NetlinkReply.parse(error + data + [1, 2, 3])
        #expect(replies.map(\.sequence) == [9, 10])
        #expect(replies.map(\.errorNumber) == [17, nil])
        #expect(replies.last?.body == [1, 2, 3, 4, 5])
    }

    @Test("subnets and addresses are read and compared")
    func addresses() throws {
        let subnet = try #require(IPv4Subnet("10.1.2.3/8"))
        #expect(subnet.description == "10.0.0.0/8")
        #expect(subnet.broadcast.description == "10.255.255.255")
        #expect(subnet.contains(try #require(IPv4Address("10.9.9.9"))))
        #expect(subnet.overlaps(try #require(IPv4Subnet("10.128.0.0/16"))))
        #expect(!subnet.overlaps(try #require(IPv4Subnet("11.0.0.0/16"))))
        #expect(["1.2.3", "1.2.3.256", "01.2.3.4", "a.b.c.d", "1.2.3.4.5"].allSatisfy { IPv4Address($0) == nil })
        #expect(HardwareAddress(for: subnet.gateway).description == "02:42:0a:00:00:01")
        #expect(HardwareAddress("02:42:0a:00:00:01") == HardwareAddress(for: subnet.gateway))
    }

    @Test("a subnet is chosen that no route overlaps, and the bridge's own is kept")
    func subnets() throws {
        let header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        let text =
            header + "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
            + "docker0\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        let candidates = ["172.30.0.0/16", "172.31.0.0/16"].compactMap { IPv4Subnet($0) }
        let routes = HostRoutes(text)
        #expect(routes.routes.last?.subnet.description == "172.30.0.0/16")
        #expect(routes.subnet(forBridge: "llmbox0", candidates: candidates)?.description == "172.31.0.0/16")
        #expect(routes.subnet(forBridge: "docker0", candidates: candidates)?.description == "172.30.0.0/16")
        #expect(routes.subnet(forBridge: "llmbox0", candidates: Array(candidates.prefix(1))) == nil)
    }

    @Test("addresses are leased once, kept over a restart, and taken back from the dead")
    func leases() throws {
        let subnet = try #require(IPv4Subnet("10.0.0.0/30"))
        let pool = AddressLeases.Pool(subnet: subnet, gateway: subnet.gateway)
        let alive = ProcessIdentity(pid: 1, startTime: 1)
        let dead = ProcessIdentity(pid: 2, startTime: 1)
        var leases = AddressLeases(bootID: "b")
        let port = PortPublication(hostAddress: "::1", hostPort: 8000, containerPort: 80, transport: .udp)
        let request = AddressLeases.Request(container: "x", names: ["web", "alias"], ports: [port])
        let first = try leases.reserve(request, owner: dead, in: pool)
        #expect(first.address.description == "10.0.0.2")
        #expect(try leases.reserve(request, owner: dead, in: pool) == first)
        #expect(AddressLeases(leases.text(bootID: "b"), bootID: "b") == leases)
        #expect(AddressLeases(leases.text(bootID: "b"), bootID: "c").leases.isEmpty)
        #expect(throws: NetworkError.addressesExhausted(subnet)) {
            try leases.reserve(.init(container: "y"), owner: alive, in: pool)
        }
        #expect(throws: NetworkError.addressTaken("10.0.0.2", by: "container `web`")) {
            try leases.reserve(.init(container: "y", address: first.address), owner: alive, in: pool)
        }
        #expect(leases.dropDead { $0 == alive } == [first])
        #expect(try leases.reserve(.init(container: "y"), owner: alive, in: pool).address == first.address)
        #expect(leases.release(container: "y").map(\.container) == ["y"])
        #expect(leases.leases.isEmpty)
    }

    @Test("an IPv6 address is at the same place as the IPv4 address, unless somebody has it")
    func leases6() throws {
        let subnet = try #require(IPv4Subnet("10.0.0.0/24"))
        let subnet6 = try #require(IPv6Subnet("fd00:1::/64"))
        let pool = AddressLeases.Pool(
            subnet: subnet,
            gateway: subnet.gateway,
            range: IPv4Subnet("10.0.0.128/25"),
            excluded: [try #require(IPv4Address("10.0.0.129"))],
            subnet6: subnet6
        )
        let owner = ProcessIdentity(pid: 1, startTime: 1)
        var leases = AddressLeases(bootID: "b")
        let fixed = AddressLeases.Request(container: "a", address: nil, address6: IPv6Address("fd00:1::82"))
        let first = try leases.reserve(fixed, owner: owner, in: pool)
        #expect(first.address.description == "10.0.0.128")
        #expect(first.address6?.description == "fd00:1::82")
        let second = try leases.reserve(.init(container: "b"), owner: owner, in: pool)
        #expect(second.address.description == "10.0.0.130")
        #expect(second.address6?.description == "fd00:1::83")
        for outside in ["10.0.1.1", "10.0.0.0", "10.0.0.255", "10.0.0.1"] {
            #expect(throws: NetworkError.self) {
                try leases.reserve(.init(container: "c", address: IPv4Address(outside)), owner: owner, in: pool)
            }
        }
    }

    @Test("IPv6 addresses and subnets are read and compared")
    func addresses6() throws {
        let subnet = try #require(IPv6Subnet("fd00:0:0:1::9/64"))
        #expect(subnet.description == "fd00:0:0:1::/64")
        #expect(subnet.gateway.description == "fd00:0:0:1::1")
        #expect(subnet.contains(try #require(IPv6Address("fd00:0:0:1:ffff::"))))
        #expect(!subnet.contains(try #require(IPv6Address("fd00:0:0:2::"))))
        #expect(subnet.overlaps(try #require(IPv6Subnet("fd00::/32"))))
        #expect(["", "1.2.3.4", "::g", "[::1]", "1::2::3"].allSatisfy { IPv6Address($0) == nil })
        #expect(IPv6Address(bytes: subnet.gateway.bytes) == subnet.gateway)
    }

    @Test("the hosts file has Docker's lines, then the container's")
    func hosts() {
        let text = HostsFile.text(
            hostname: "box",
            addresses: ["172.30.0.2"],
            extra: ["1.2.3.4\tother"],
            gateway: nil
        )
        #expect(text.hasPrefix("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"))
        #expect(text.hasSuffix("1.2.3.4\tother\n172.30.0.2\tbox\n"))
        #expect(HostsFile.text(hostname: "box", addresses: [], extra: [], gateway: nil).hasSuffix("127.0.1.1\tbox\n"))
        for (host, domain, names) in [
            ("box", "ex.org", "box.ex.org box"), ("box.ex.org", nil, "box.ex.org box"), ("box", "", "box"),
        ] {
            let text = HostsFile.text(hostname: host, domain: domain, addresses: ["1.2.3.4"], extra: [], gateway: nil)
            #expect(text.hasSuffix("\n1.2.3.4\t\(names)\n"))
        }
    }
}
