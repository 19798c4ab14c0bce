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
        let alive = ProcessIdentity(pid: 1, startTime: 1)
        let dead = ProcessIdentity(pid: 2, startTime: 1)
        var leases = AddressLeases(bootID: "b")
        let first = leases.reserve(container: "x", owner: dead, in: subnet) { $0 == alive }
        #expect(first?.description == "10.0.0.2")
        #expect(leases.reserve(container: "x", owner: dead, in: subnet) { $0 == alive } == first)
        var full = leases
        #expect(full.reserve(container: "y", owner: alive, in: subnet) { _ in true } == nil)
        #expect(leases.reserve(container: "y", owner: alive, in: subnet) { $0 == alive } == first)
        #expect(leases.leases.map(\.container) == ["y"])
        #expect(AddressLeases(leases.text(bootID: "b"), bootID: "b") == leases)
        #expect(AddressLeases(leases.text(bootID: "b"), bootID: "c").leases.isEmpty)
        leases.release(container: "y")
        #expect(leases.leases.isEmpty)
    }

    @Test("the hosts file has Docker's lines, then the container's")
    func hosts() {
        let text = HostsFile.text(
            hostname: "box",
            address: IPv4Address("172.30.0.2"),
            extra: ["1.2.3.4\tother"],
            gateway: nil
        )
        #expect(text.hasPrefix("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"))
        #expect(text.hasSuffix("1.2.3.4\tother\n172.30.0.2\tbox\n"))
        #expect(HostsFile.text(hostname: "box", address: nil, extra: [], gateway: nil).hasSuffix("127.0.1.1\tbox\n"))
    }
}
