import LaunchPlanning
import OCIModel
import Testing

@Suite struct ArgumentParsingTests {
    @Test(
        "sizes",
        arguments: [
            ("0", 0), ("512", 512), ("512b", 512), ("1k", 1024), ("512m", 536_870_912), ("1g", 1_073_741_824),
            ("1.5g", 1_610_612_736), ("2GB", 2_147_483_648), ("1GiB", 1_073_741_824), ("64 MB", 67_108_864),
            ("1t", 1_099_511_627_776),
        ] as [(String, Int64)]
    )
    func sizes(text: String, bytes: Int64) throws {
        #expect(try ByteSize.parse(text, option: "-m") == bytes)
    }

    @Test("what is no size", arguments: ["", "g", "-1m", "1x", "1.2.3g", "0x10", "1e3", "99999999p", "ib", "1gi"])
    func badSizes(text: String) {
        #expect(throws: ArgumentError.self) { try ByteSize.parse(text, option: "-m") }
    }

    @Test(
        "published ports",
        arguments: [
            ("80", [":0->80/tcp"]), ("8080:80", [":8080->80/tcp"]), ("8080:80/udp", [":8080->80/udp"]),
            ("127.0.0.1:8080:80", ["127.0.0.1:8080->80/tcp"]), ("127.0.0.1::80", ["127.0.0.1:0->80/tcp"]),
            (":80", [":0->80/tcp"]), ("[::1]:8080:80", ["::1:8080->80/tcp"]), ("[::]::80", ["::0->80/tcp"]),
            ("0:80", [":0->80/tcp"]), ("127.0.0.1:7000-7009:80", ["127.0.0.1:7000-7009->80/tcp"]),
            ("7000-7001:80-81", [":7000->80/tcp", ":7001->81/tcp"]), ("80-81/TCP", [":0->80/tcp", ":0->81/tcp"]),
            ("36412:36412/sctp", [":36412->36412/sctp"]),
        ] as [(String, [String])]
    )
    func ports(text: String, expected: [String]) throws {
        let ports = try PublishedPort.parse(text).map {
            let host = "\($0.hostPort ?? 0)" + ($0.lastHostPort.map { "-\($0)" } ?? "")
            let address = $0.hostAddress.map { $0 == "::" ? ":" : $0 } ?? ""
            return "\(address):\(host)->\($0.containerPort)/\($0.transport.rawValue)"
        }
        #expect(ports == expected)
    }

    @Test(
        "what is no port",
        arguments: [
            "", "x", "0", "65536", "1:2:3:4", "80:80/icmp", "7000-7002:80-81", "9-1", "1.2.3:1:2", "::1:80:80", "+80",
        ]
    )
    func badPorts(text: String) {
        #expect(throws: ArgumentError.self) { try PublishedPort.parse(text) }
    }

    @Test("volumes")
    func volumes() throws {
        func parse(_ text: String) throws -> ContainerMount { try .parseVolume(text, relativeTo: "/here") }
        #expect(try parse("/a:/b") == ContainerMount(.bind(path: "/a", createIfMissing: true), destination: "/b"))
        #expect(try parse("/a:/b/:ro").isReadOnly)
        #expect(try parse("./a:/b").source == .bind(path: "/here/./a", createIfMissing: true))
        #expect(try parse("data:/b/../c").destination == "/c")
        #expect(try parse("data:/b").source == .volume(name: "data"))
        #expect(try parse("/b").source == .volume(name: nil))
        #expect(try parse("/a:/b:ro,rslave").propagation == "rslave")
        for text in ["", ":", "a:b", "/a:/", "/a:/b:xx", "/a:/b:ro:rw", "-x:/b", "a/b:/c", "/a::ro"] {
            #expect(throws: ArgumentError.self) { try parse(text) }
        }
    }

    @Test("mounts")
    func mounts() throws {
        func parse(_ text: String) throws -> ContainerMount { try .parseMount(text, relativeTo: "/here") }
        #expect(
            try parse("type=bind,src=/a,dst=/b,ro")
                == ContainerMount(.bind(path: "/a", createIfMissing: false), destination: "/b", isReadOnly: true)
        )
        #expect(try parse("source=data,target=/b").source == .volume(name: "data"))
        #expect(
            try parse("type=tmpfs,destination=/t,tmpfs-size=64m,tmpfs-mode=1770").source
                == .tmpfs(options: ["size=67108864", "mode=1770"])
        )
        #expect(try parse("type=bind,\"src=/a,b\",dst=/b").source == .bind(path: "/a,b", createIfMissing: false))
        #expect(try parse("type=volume,dst=/b,readonly=false").isReadOnly == false)
        for text in [
            "type=bind,dst=/b", "type=bind,src=/a", "type=image,src=a,dst=/b,rw", "type=tmpfs,src=/a,dst=/b",
            "type=bind,src=/a,dst=/b,tmpfs-size=1m", "type=bind,src=/a,dst=/b,dst=/c", "type=bind,src=/a,dst=b",
            "type=bind,src=/a,dst=/b,bind-propagation=slave+dev", "type=bind,src=/a,dst=/b,foo=1", "type=bind,\"src=/a",
        ] {
            #expect(throws: ArgumentError.self, "\(text)") { try parse(text) }
        }
    }

    @Test("environment lists keep places, and files are read without quoting")
    func environment() throws {
        #expect(EnvironmentList.merging(["A=1", "B=2"], with: ["C=3", "A=4"]) == ["A=4", "B=2", "C=3"])
        let caller = ["HOME": "/h"]
        #expect(try EnvironmentList.resolving(["A=1", "HOME", "UNSET"]) { caller[$0] } == ["A=1", "HOME=/h"])
        let file = "# comment\n\nA=\"x y\"\n  B=2\nHOME\r\nC=\n"
        #expect(
            try EnvironmentList.parseFile(file, path: "f") { caller[$0] } == ["A=\"x y\"", "B=2", "HOME=/h", "C="]
        )
        #expect(throws: ArgumentError.self) { try EnvironmentList.parseFile("A B=1", path: "f") { _ in nil } }
        #expect(throws: ArgumentError.self) { try EnvironmentList.resolving(["=x"]) { _ in nil } }
    }

    @Test("limits, restart policies, processors, devices and signals")
    func others() throws {
        #expect(
            try UlimitArgument.parse("nofile=1024:4096")
                == ResourceLimitSpec(type: "RLIMIT_NOFILE", soft: 1024, hard: 4096)
        )
        #expect(try UlimitArgument.parse("memlock=-1").hard == .max)
        #expect(throws: ArgumentError.unknown(option: "--ulimit", value: "nofiles", suggestion: "nofile")) {
            try UlimitArgument.parse("nofiles=1")
        }
        #expect(throws: ArgumentError.self) { try UlimitArgument.parse("nofile=9:1") }
        #expect(try RestartArgument.parse("on-failure:3") == .onFailure(maximum: 3))
        #expect(try RestartArgument.parse("unless-stopped") == .unlessStopped)
        #expect(throws: ArgumentError.self) { try RestartArgument.parse("always:3") }
        #expect(throws: ArgumentError.self) { try RestartArgument.parse("sometimes") }
        #expect(try CPUCount.parse("1.5") == 1_500_000_000)
        #expect(throws: ArgumentError.self) { try CPUCount.parse("-1") }
        #expect(try DeviceArgument.parse("/dev/kvm").containerPath == "/dev/kvm")
        #expect(try DeviceArgument.parse("/dev/a:/dev/b:rw").access == "rw")
        #expect(try DeviceArgument.parse("/dev/a:r").access == "r")
        #expect(throws: ArgumentError.self) { try DeviceArgument.parse("dev/a") }
        #expect(try SignalName.parse("sigterm", option: "-s") == 15)
        #expect(try SignalName.parse("RTMIN+1", option: "-s") == 35)
        #expect(try SignalName.parse("9", option: "-s") == 9)
        #expect(throws: ArgumentError.unknown(option: "-s", value: "TREM", suggestion: "SIGTERM")) {
            try SignalName.parse("TREM", option: "-s")
        }
    }
}
