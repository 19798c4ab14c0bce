import ContainerRuntime
import LaunchPlanning
import Testing

@testable import Engine

@Suite struct NetworkPlanTests {
    private func define(
        _ name: String = "net",
        beside others: [NetworkDefinition] = [],
        routes: String = "",
        _ change: (inout NetworkFlags) -> Void = { _ in }
    ) throws -> NetworkDefinition {
        var flags = NetworkFlags(name: name)
        change(&flags)
        let id = "0123456789" + String(repeating: "a", count: 54)
        let header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        return try NetworkPlan(flags).definition(
            id: id,
            now: Timestamp(seconds: 0),
            beside: others,
            routes: HostRoutes(header + routes)
        )
    }

    @Test("a network without wishes gets addresses that nobody has")
    func defaults() throws {
        let first = try define()
        #expect(first.subnet.description == "10.210.0.0/24")
        #expect(first.gateway.description == "10.210.0.1")
        #expect(first.bridge == "llmbox-01234567")
        // 10.210.1.0/24 is the host's; what one network has the next does not get.
        let route = "eth0\t0001D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        var other = try define("other", beside: [], routes: route)
        #expect(other.subnet.description == "10.210.0.0/24")
        other.bridge = "x"
        #expect(try define(beside: [other], routes: route).subnet.description == "10.210.2.0/24")
    }

    @Test("wishes are kept, and IPv6 comes with an address of its own")
    func wishes() throws {
        let network = try define {
            $0.subnets = ["10.5.0.0/16"]
            $0.gateways = ["10.5.255.254"]
            $0.ranges = ["10.5.3.0/24"]
            $0.reserved = ["router=10.5.3.1"]
            $0.hasIPv6 = true
            $0.options = ["mtu=1400", "com.docker.network.bridge.enable_icc=false"]
            $0.labels = ["a=b", "c"]
        }
        #expect(network.gateway.description == "10.5.255.254")
        #expect(network.range?.description == "10.5.3.0/24")
        #expect(network.reserved["router"]?.description == "10.5.3.1")
        #expect(network.subnet6?.description == "fd01:2345:6789::/64")
        #expect(network.mtu == 1400)
        #expect(!network.connectsPeers)
        #expect(network.labels == ["a": "b", "c": ""])
    }

    @Test(
        "what cannot be is refused",
        arguments: [
            { $0.subnets = ["10.0.0.0"] }, { $0.subnets = ["10.0.0.0/31"] }, { $0.subnets = ["fd00::/64"] },
            { $0.subnets = ["10.0.0.0/24", "10.1.0.0/24"] }, { $0.gateways = ["10.0.0.1"] },
            {
                $0.subnets = ["10.0.0.0/24"]
                $0.gateways = ["10.0.1.1"]
            },
            {
                $0.subnets = ["10.0.0.0/24"]
                $0.ranges = ["10.0.0.0/16"]
            },
            { $0.driver = "macvlan" }, { $0.options = ["nothing=1"] }, { $0.options = ["mtu=x"] },
            { $0.name = "host" }, { $0.name = "../x" }, { $0.name = "" },
        ] as [@Sendable (inout NetworkFlags) -> Void]
    )
    func refusals(_ change: @Sendable (inout NetworkFlags) -> Void) throws {
        #expect(throws: ArgumentError.self) { try define("net", change) }
    }

    @Test("addresses and names that others have are refused")
    func conflicts() throws {
        let other = try define("other") { $0.subnets = ["10.5.0.0/16"] }
        #expect(throws: NetworkServiceError.exists("other")) { try define("other", beside: [other]) }
        #expect(throws: NetworkServiceError.overlaps("10.5.7.0/24", network: "other")) {
            try define(beside: [other]) { $0.subnets = ["10.5.7.0/24"] }
        }
        let route = "eth9\t0000050A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
        #expect(throws: NetworkServiceError.overlapsHost("10.5.7.0/24", interface: "eth9")) {
            try define(routes: route) { $0.subnets = ["10.5.7.0/24"] }
        }
    }

    @Test("places in networks are read in all their spellings")
    func endpoints() throws {
        func wish(_ change: (inout RunFlags) -> Void) throws -> NetworkWish {
            var flags = RunFlags(image: "i")
            change(&flags)
            return try NetworkWish(flags)
        }
        #expect(try wish { _ in }.endpoints.map(\.network) == ["bridge"])
        let two = try wish { $0.networks = ["one:alias=a,alias=b,ip=10.0.0.9", "name=two,ip6=fd00::2"] }
        #expect(two.endpoints.map(\.network) == ["one", "two"])
        #expect(two.endpoints[0].aliases == ["a", "b"])
        #expect(two.endpoints[0].address?.description == "10.0.0.9")
        #expect(two.endpoints[1].address6?.description == "fd00::2")
        let fixed = try wish {
            $0.networks = ["one"]
            $0.address = "10.0.0.9"
            $0.hardwareAddress = "02:42:0a:00:00:09"
            $0.networkAliases = ["web"]
        }
        #expect(fixed.endpoints[0].hardwareAddress?.description == "02:42:0a:00:00:09")
        #expect(fixed.endpoints[0].aliases == ["web"])
        #expect(try wish { $0.networks = ["container:x"] }.target == "x")
        #expect(try wish { $0.networks = ["ns:/run/netns/x"] }.mode == .namespace)
        for change in [
            { $0.address = "10.0.0.9" }, { $0.networkAliases = ["web"] }, { $0.networks = ["one", "one"] },
            { $0.networks = ["host", "one"] }, { $0.networks = ["ns:x"] }, { $0.networks = ["one:ip=x"] },
            { $0.networks = ["one:colour=red"] }, { $0.networks = ["a/b"] },
            {
                $0.networks = ["one"]
                $0.hardwareAddress = "01:00:00:00:00:00"
            },
            {
                $0.networks = ["host"]
                $0.address = "10.0.0.9"
            },
        ] as [(inout RunFlags) -> Void] {
            #expect(throws: ArgumentError.self) { try wish(change) }
        }
    }
}
