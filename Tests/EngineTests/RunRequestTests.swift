import Testing

@testable import Engine

@Suite struct RunRequestTests {
    private func request(_ change: (inout RunFlags) -> Void) throws -> RunRequest {
        var flags = RunFlags(image: "i")
        flags.currentDirectory = "/here"
        change(&flags)
        return try RunRequest(flags) { $0 == "HOME" ? "/h" : nil }
    }

    @Test("flags that contradict each other, or that do not exist, are refused")
    func refused() {
        let wrong: [(String, (inout RunFlags) -> Void)] = [
            ("--rm with --restart", { ($0.autoRemove, $0.restart) = (true, "always") }),
            ("network", { $0.networks = ["host", "mynet"] }), ("port", { $0.ports = ["x"] }),
            ("memory", { $0.memory = "1m" }),
            ("swap alone", { $0.memorySwap = "1g" }), ("swap below", { ($0.memory, $0.memorySwap) = ("1g", "512m") }),
            ("ipc", { $0.ipc = "other" }), ("pid", { $0.pid = "other" }),
            ("security", { $0.securityOptions = ["apparmor=custom"] }), ("sysctl", { $0.sysctls = ["x"] }),
            ("device name", { $0.devices = ["nvidia.com/gpu="] }), ("gpus", { $0.gpus = ["some"] }),
            ("host", { $0.extraHosts = ["name"] }), ("host's address", { $0.extraHosts = ["name:other"] }),
            ("host's brackets", { $0.extraHosts = ["six:[fe80::1"] }), ("ip", { $0.address = "10.0.0" }),
            ("server", { $0.dns = ["1.1.1.1", "foo"] }),
            ("option", { $0.dnsOptions = ["ndots:1\nnameserver 6.6.6.6"] }),
            ("domain", { $0.dnsSearch = ["-x.org"] }), ("numbers", { $0.dnsSearch = ["1.2"] }),
            ("domains", { $0.dnsSearch = ["a b"] }), ("empty word", { $0.dnsSearch = ["a..b"] }),
            ("quota", { ($0.cpus, $0.cpuQuota) = ("1", 5000) }), ("newline", { $0.extraHosts = ["a:1.2.3.4\nx"] }),
            ("signal", { $0.stopSignal = "NOPE" }), ("label", { $0.labels = ["=x"] }), ("tmpfs", { $0.tmpfs = ["x"] }),
            ("tmpfs option", { $0.tmpfs = ["/x:lowerdir=/"] }), ("env", { $0.environment = ["=x"] }),
        ]
        for (name, change) in wrong {
            #expect(throws: (any Error).self, "\(name)") { try request(change) }
        }
    }

    @Test("what is understood stands in the request")
    func understood() throws {
        let request = try request {
            $0.environment = ["A=1", "HOME", "UNSET"]
            $0.entrypoint = ""
            $0.volumes = ["./a:/b"]
            $0.extraHosts = ["db:10.0.0.1", "six:fe80::1", "out:host-gateway", "seven=[fe80::2]"]
            ($0.dns, $0.dnsSearch, $0.dnsOptions) = (["1.1.1.1", "fe80::3"], [".", "Ex-a_b.org."], ["ndots:2 rotate"])
            $0.securityOptions = ["no-new-privileges", "seccomp=unconfined"]
            $0.memory = "512m"
            $0.cpus = "1.5"
            $0.labels = ["a=b", "c"]
        }
        #expect(request.mounts.count == 1)
        #expect(request.extraHosts == ["10.0.0.1\tdb", "fe80::1\tsix", "host-gateway\tout", "fe80::2\tseven"])
        #expect(request.extraHosts.map(HostLine.dockerForm).prefix(2) == ["db:10.0.0.1", "six:fe80::1"])
        #expect(request.labels == ["a": "b", "c": ""])
    }
}

@Suite struct ResolvConfTests {
    @Test("a private network loses the host's loopback resolvers and falls back")
    func loopback() {
        let host = "# c\nnameserver 127.0.0.1\nnameserver ::1\nsearch a b\noptions ndots:2\n"
        let own = ResolvConf.text(host: host, wishes: .init(), sharesHostNetwork: false)
        #expect(own == "nameserver 8.8.8.8\nnameserver 8.8.4.4\nsearch a b\noptions ndots:2\n")
        let shared = ResolvConf.text(host: host, wishes: .init(), sharesHostNetwork: true)
        #expect(shared.hasPrefix("nameserver 127.0.0.1\n"))
    }

    @Test("wishes replace what the host says")
    func wishes() {
        let wishes = ResolvConf.Wishes(servers: ["1.1.1.1"], search: ["."], options: ["rotate"])
        let text = ResolvConf.text(host: "nameserver 9.9.9.9\nsearch x\n", wishes: wishes, sharesHostNetwork: false)
        #expect(text == "nameserver 1.1.1.1\noptions rotate\n")
        #expect(ResolvConf.isStub("nameserver 127.0.0.53\noptions edns0\n"))
        #expect(!ResolvConf.isStub("nameserver 10.0.0.1\n"))
    }
}

@Suite struct ContainerNamesTests {
    @Test("names are two words, ids 64 digits with a letter in front")
    func shape() {
        var generator = SystemRandomNumberGenerator()
        for attempt in 0..<100 {
            let name = ContainerNames.random(attempt: attempt % 3, using: &generator)
            #expect(name.split(separator: "_").count == 2)
            let id = ContainerNames.newID(using: &generator)
            #expect(id.utf8.count == 64 && id.prefix(12).contains { $0.isLetter })
        }
    }
}
