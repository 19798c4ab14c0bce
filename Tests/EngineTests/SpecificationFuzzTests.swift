import Glibc
import LaunchPlanning
import LaunchProtocol
import LinuxKernel
import OCIModel
import Testing

@testable import ContainerRuntime
@testable import Engine

/// Specifications that nobody would write, from the reader to the plan: each is a value or an error, never a crash.
///
/// The number of rounds can be raised by `LLMBOX_FUZZ_ROUNDS`, the beginning moved by `LLMBOX_FUZZ_SEED`.
@Suite struct SpecificationFuzzTests {
    /// Everything that a specification can say, so that every field is hit.
    static let rich = """
        {"ociVersion":"1.2.0","hostname":"h","domainname":"d","annotations":{"a":"b"},"root":{"path":"r","readonly":true},
        "process":{"terminal":true,"consoleSize":{"height":24,"width":80},"user":{"uid":1,"gid":2,"umask":18,
        "additionalGids":[3,4]},"args":["sh"],"env":["A=b"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN"],
        "effective":["CAP_CHOWN"],"permitted":["CAP_CHOWN"],"inheritable":[],"ambient":["CAP_KILL"]},
        "rlimits":[{"type":"RLIMIT_NOFILE","soft":1,"hard":2}],"noNewPrivileges":true,"apparmorProfile":"p",
        "selinuxLabel":"a:b:c","oomScoreAdj":5,"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":4},
        "scheduler":{"policy":"SCHED_DEADLINE","nice":1,"priority":2,"flags":["SCHED_FLAG_RECLAIM"],"runtime":1,
        "deadline":2,"period":3}},"mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["mode=755","size=65536k","rshared"]},
        {"destination":"/m","type":"bind","source":"/x","options":["rbind","rro","ridmap","rslave"],
        "uidMappings":[{"containerID":0,"hostID":5,"size":1}],"gidMappings":[{"containerID":0,"hostID":5,"size":1}]},
        {"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["ro"]}],
        "hooks":{"createContainer":[{"path":"/h","args":["h"],"env":["A=b"],"timeout":3}],"startContainer":[{"path":"/i"}]},
        "linux":{"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"gidMappings":[{"containerID":0,
        "hostID":100000,"size":65536}],"sysctl":{"net.ipv4.ip_forward":"1"},"cgroupsPath":"/a/b","rootfsPropagation":"slave",
        "namespaces":[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"user"},{"type":"cgroup"},{"type":"time"},
        {"type":"network","path":"/proc/1/ns/net"}],"timeOffsets":{"boottime":{"secs":1,"nanosecs":2}},
        "devices":[{"type":"c","path":"/dev/fuse","major":10,"minor":229,"fileMode":438,"uid":0,"gid":0}],
        "resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}],
        "memory":{"limit":1,"reservation":2,"swap":3,"swappiness":4,"disableOOMKiller":true,"kernelTCP":7},
        "cpu":{"shares":1024,"quota":5,"period":6,"cpus":"0","mems":"0","burst":1,"idle":1,"realtimeRuntime":1,
        "realtimePeriod":2},"pids":{"limit":7},"hugepageLimits":[{"pageSize":"2MB","limit":8}],
        "blockIO":{"weight":100,"leafWeight":10,"weightDevice":[{"major":8,"minor":0,"weight":5,"leafWeight":6}],
        "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":9}]},"network":{"classID":1,"priorities":[{"name":"e",
        "priority":1}]},"rdma":{"mlx":{"hcaHandles":1,"hcaObjects":2}},"unified":{"memory.high":"1"}},
        "maskedPaths":["/proc/kcore"],"readonlyPaths":["/proc/sys"],"mountLabel":"l","personality":{"domain":"LINUX32"},
        "seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64",
        "SCMP_ARCH_X86","SCMP_ARCH_X32"],"flags":["SECCOMP_FILTER_FLAG_LOG"],"listenerPath":"/l","listenerMetadata":"m",
        "syscalls":[{"names":["read","clone"],"action":"SCMP_ACT_ALLOW","errnoRet":1,"args":[{"index":0,"value":1,
        "valueTwo":2,"op":"SCMP_CMP_MASKED_EQ"}]},{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}]}}}
        """

    private static let values: [String] = [
        "null", "true", "false", "0", "1", "-1", "4294967295", "4294967296", "2147483648", "-9223372036854775808",
        "9223372036854775807", "18446744073709551615", "1e308", "0.5", "\"\"", "\"/\"", "\"../..\"", "\"a\\u0000b\"",
        "\"ü\"", "[]", "{}", "[null]", "[[]]", "\"-1\"", "\"SCMP_ACT_ERRNO\"", "\"bind\"", "\"/sys/fs/cgroup\"",
    ]

    @Test("a specification with parts exchanged, lost or doubled is planned or refused", .timeLimit(.minutes(5)))
    func specifications() throws {
        let rounds = Self.number("LLMBOX_FUZZ_ROUNDS") ?? 1500
        var generator = Seeded(state: Self.number("LLMBOX_FUZZ_SEED").map { UInt64($0) } ?? 20_261_121)
        let whole = Array(Self.rich.utf8)
        try #require((try? Self.outcome(of: whole)) == true, "the document itself can be planned")
        var planned = 0
        for _ in 0..<rounds {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.mutate(&bytes, &generator) }
            // An error is an answer; which one is for other tests.
            if (try? Self.outcome(of: bytes)) == true { planned += 1 }
        }
        // Most mutations hit something that may be missing or be otherwise: the plans are reached, not just the reader.
        #expect(planned > rounds / 50, "\(planned) of \(rounds) were planned")
    }

    @Test(
        "what is far too deep, long or many is refused or planned in no time",
        .timeLimit(.minutes(2)),
        arguments: [
            String(repeating: "[", count: 200_000), String(repeating: "{\"a\":", count: 100_000),
            rich.replacing("\"args\":[\"sh\"]", with: "\"args\":[" + many("\"x\"", 50_000) + "]"),
            rich.replacing("\"syscalls\":[", with: "\"syscalls\":[" + many(manyConditions, 40) + ","),
            rich.replacing("\"names\":[\"read\"", with: "\"names\":[" + many("\"write\"", 20_000)),
        ]
    )
    func extremes(text: String) {
        _ = try? Self.outcome(of: Array(text.utf8))
    }

    private static let manyConditions =
        "{\"names\":[\"openat\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":["
        + many("{\"index\":1,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_GT\"}", 300) + "]}"

    private static func many(_ text: String, _ count: Int) -> String {
        Array(repeating: text, count: count).joined(separator: ",")
    }

    /// Reads, plans and encodes, as `create` does before it touches anything; whether it came to its end.
    private static func outcome(of bytes: [UInt8]) throws -> Bool {
        let spec = try CanonicalJSON.decode(RuntimeSpec.self, from: bytes)
        let limits = ResourceLimits(spec.linux?.resources ?? LinuxResources(), devices: spec.linux?.devices ?? [])
        _ = DeviceProgram(limits.devices ?? []).instructions
        for layout in layouts {
            _ = try? CgroupPlan(
                leaf: "a/b",
                limits: limits,
                layout: layout,
                unifiedControllers: ["memory", "cpu", "pids", "io"]
            )
        }
        var plan: LaunchPlan?
        for cgroups in [
            PlanInputs.Cgroups.unified, .legacy([["memory"], ["cpu", "cpuacct"]], hasUnified: true), .none,
        ] {
            var inputs = PlanInputs(root: .directory("/r"), cgroups: cgroups)
            inputs.hookState = HookState(beforeID: "{", afterID: "}")
            plan = try PlanCompiler.compile(spec, inputs)
        }
        _ = PlanCompiler.joinedNamespaces(spec.linux ?? LinuxSpec())
        if let process = spec.process { _ = try? PlanCompiler.compile(joining: process, of: spec) }
        guard let plan else { return false }
        // What the kernel could not be told of is refused by the reader of plans; all else is read as it was written.
        guard let read = try? LaunchPlan.decode(plan.encode()) else { return true }
        #expect(read == plan)
        return true
    }

    private static let layouts = [
        CgroupLayout(mountInfo: "1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", ownGroups: "0::/\n"),
        CgroupLayout(
            mountInfo: """
                1 0 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                2 0 0:2 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
                3 0 0:3 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw

                """,
            ownGroups: "1:memory:/\n2:cpu,cpuacct:/\n0::/\n"
        ),
    ]

    private static func mutate(_ bytes: inout [UInt8], _ generator: inout Seeded) {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[start] = UInt8.random(in: .min ... .max, using: &generator)
        case 1:
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
            bytes.removeSubrange(start..<end)
        case 2:
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
            bytes.insert(contentsOf: Array(bytes[start..<end]), at: end)
        default:
            // A whole value for another.
            let marks: Set<UInt8> = [UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "[")]
            guard let before = bytes[start...].firstIndex(where: marks.contains) else { return }
            let ends: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]")]
            guard let end = bytes[(before + 1)...].firstIndex(where: ends.contains) else { return }
            let value = values.randomElement(using: &generator) ?? "null"
            bytes.replaceSubrange((before + 1)..<end, with: Array(value.utf8))
        }
        if bytes.isEmpty { bytes = [0] }
    }

    private static func number(_ variable: String) -> Int? { getenv(variable).flatMap { Int(String(cString: $0)) } }
}

/// A small generator with a seed, so that a failure can be repeated.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
