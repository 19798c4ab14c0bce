import Glibc
import LaunchPlanning
import OCIModel
import Testing

/// What the tests' containers are made of.
enum Fixture {
    static var host: SpecHost {
        SpecHost(
            kernel: KernelVersion(6, 1),
            platform: "amd64",
            boundingCapabilities: Set(Capability.allCases).subtracting([.sysResource]),
            cgroups: .unified,
            thermalThrottlePaths: ["/sys/devices/system/cpu/cpu0/thermal_throttle"]
        )
    }

    static var image: ContainerConfig {
        var image = ContainerConfig()
        image.env = ["PATH=/opt/bin:/usr/bin", "MODEL=gpt2"]
        image.entrypoint = ["python3"]
        image.cmd = ["serve.py"]
        image.workingDir = "/app"
        return image
    }

    static var inputs: SpecInputs {
        var inputs = SpecInputs(
            id: String(repeating: "a", count: 64),
            hostname: "aaaaaaaaaaaa",
            rootPath: "rootfs",
            user: ResolvedUser(additionalGids: [0]),
            cgroupsPath: "/llmbox/aaaa"
        )
        inputs.hostsFile = "/c/hosts"
        inputs.hostnameFile = "/c/hostname"
        inputs.resolvConfFile = "/c/resolv.conf"
        return inputs
    }

    static func spec(_ change: (inout ContainerOptions) -> Void = { _ in }) throws -> RuntimeSpec {
        var options = ContainerOptions()
        change(&options)
        return try SpecBuilder(image: image, options: options, inputs: inputs, host: host).build()
    }
}

@Suite struct SpecBuilderTests {
    @Test("the specification of a default container")
    func golden() throws {
        var spec = try Fixture.spec()
        // The filter has tests of its own and would drown the rest.
        spec.linux?.seccomp?.syscalls = nil
        let text = String(decoding: try CanonicalJSON.encodePretty(spec), as: UTF8.self) + "\n"
        try expectGolden(text, "default-spec.json")
    }

    @Test(
        "entry point and command follow docker's rules",
        arguments: [
            (nil, [], ["python3", "serve.py"]), (nil, ["x.py"], ["python3", "x.py"]), (["sh"], [], ["sh"]),
            (["sh"], ["-c", "id"], ["sh", "-c", "id"]), ([], ["id"], ["id"]),
        ] as [([String]?, [String], [String])]
    )
    func command(entrypoint: [String]?, command: [String], expected: [String]) throws {
        let spec = try Fixture.spec {
            $0.entrypoint = entrypoint
            $0.command = command
        }
        #expect(spec.process?.args == expected)
    }

    @Test("an empty entry point without a command is no command")
    func noCommand() {
        #expect(throws: SpecError.noCommand) { try Fixture.spec { $0.entrypoint = [] } }
    }

    @Test("the environment keeps docker's order")
    func environment() throws {
        let spec = try Fixture.spec {
            $0.terminal = true
            $0.environment = ["MODEL=tiny", "X=1"]
        }
        let expected = [
            "PATH=/opt/bin:/usr/bin", "HOSTNAME=aaaaaaaaaaaa", "TERM=xterm", "MODEL=tiny", "X=1", "HOME=/root",
        ]
        #expect(spec.process?.env == expected)
    }

    @Test("docker's fourteen capabilities, and nothing inheritable or ambient")
    func capabilities() throws {
        let sets = try #require(try Fixture.spec().process?.capabilities)
        #expect(Set((sets.bounding ?? []).compactMap { Capability(name: $0) }).mask == 0xA804_25FB)
        #expect(sets.inheritable == nil && sets.ambient == nil)
    }

    @Test("capabilities are added and dropped, within what the caller holds")
    func capabilityOptions() throws {
        func bounding(_ add: [String], _ drop: [String], privileged: Bool = false) throws -> Set<Capability> {
            let spec = try Fixture.spec {
                ($0.addedCapabilities, $0.droppedCapabilities, $0.isPrivileged) = (add, drop, privileged)
            }
            return Set((spec.process?.capabilities?.bounding ?? []).compactMap { Capability(name: $0) })
        }
        #expect(try bounding([], ["ALL"]) == [])
        #expect(try bounding(["net_admin"], ["all"]) == [.netAdmin])
        #expect(try bounding(["CAP_SYS_PTRACE"], []) == Capability.dockerDefault.union([.sysPtrace]))
        #expect(try bounding(["ALL"], ["NET_RAW"]).mask == 0x1FF_FEFF_DFFF)
        #expect(try bounding([], [], privileged: true).mask == 0x1FF_FEFF_FFFF)
        #expect(throws: SpecError.capabilityNotHeld("CAP_SYS_RESOURCE")) { try bounding(["SYS_RESOURCE"], []) }
        #expect(throws: SpecError.unknownCapability("SYS_ADMN", option: "--cap-add", suggestion: "SYS_ADMIN")) {
            try bounding(["SYS_ADMN"], [])
        }
    }

    @Test("only the container's own kernel parameters can be set")
    func sysctls() throws {
        #expect(
            try Fixture.spec { $0.sysctls = ["net.core.somaxconn": "9"] }.linux?.sysctl?["net.core.somaxconn"] == "9"
        )
        for name in ["kernel.core_pattern", "vm.swappiness", "kernel.hostname", "net/../kernel/core_pattern"] {
            #expect(throws: SpecError.self, "\(name)") { try Fixture.spec { $0.sysctls = [name: "1"] } }
        }
        #expect(throws: SpecError.self) {
            try Fixture.spec {
                $0.network = .host
                $0.sysctls = ["net.core.somaxconn": "9"]
            }
        }
        #expect(try Fixture.spec { $0.network = .host }.linux?.sysctl == nil)
    }

    @Test("mounts come parents first, replace docker's own, and never what makes a container")
    func mounts() throws {
        let spec = try Fixture.spec {
            $0.mounts = [.bind("/h/b", at: "/a/b"), .bind("/h/a", at: "/a"), .tmpfs(at: "/dev/shm", options: [])]
        }
        let places = (spec.mounts ?? []).map(\.destination)
        #expect(
            places == [
                "/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/a", "/a/b", "/dev/shm",
                "/etc/resolv.conf", "/etc/hostname", "/etc/hosts",
            ]
        )
        for place in ["/proc", "/dev", "/sys", "/proc/sys"] {
            #expect(throws: SpecError.reservedDestination(place)) {
                try Fixture.spec { $0.mounts = [.bind("/h", at: place)] }
            }
        }
        #expect(throws: SpecError.duplicateMount("/a")) {
            try Fixture.spec { $0.mounts = [.bind("/h", at: "/a"), .bind("/i", at: "/a")] }
        }
    }

    @Test("privileged lifts masks and filter")
    func privileged() throws {
        let linux = try #require(try Fixture.spec { $0.isPrivileged = true }.linux)
        #expect(linux.seccomp == nil && linux.maskedPaths == nil && linux.readonlyPaths == nil)
        #expect(linux.resources?.devices?.count == 1)
    }

    @Test("working directories are absolute")
    func workingDirectory() throws {
        #expect(try Fixture.spec { $0.workingDirectory = "/x/../y/" }.process?.cwd == "/y")
        #expect(throws: SpecError.relativeWorkingDirectory("x")) { try Fixture.spec { $0.workingDirectory = "x" } }
    }
}

/// Compares `text` with a golden file, or writes the file when asked to.
func expectGolden(_ text: String, _ name: String, file: String = #filePath) throws {
    let path = file.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/Goldens/\(name)"
    if getenv("LLMBOX_UPDATE_GOLDENS") != nil {
        let handle = try #require(fopen(path, "w"))
        fputs(text, handle)
        fclose(handle)
        return
    }
    let handle = try #require(fopen(path, "r"), "missing golden file \(name)")
    defer { fclose(handle) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, handle))
    let golden = String(decoding: bytes, as: UTF8.self)
    let differences = zip(
        text.split(separator: "\n", omittingEmptySubsequences: false),
        golden.split(separator: "\n", omittingEmptySubsequences: false)
    ).enumerated().filter { $1.0 != $1.1 }.prefix(5).map { "line \($0 + 1): got `\($1.0)`, golden `\($1.1)`" }
    #expect(text == golden, "\(name): \(differences.joined(separator: "\n"))")
}
