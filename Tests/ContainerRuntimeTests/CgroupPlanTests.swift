import LinuxKernel
import Testing

@testable import ContainerRuntime

@Suite struct CgroupPlanTests {
    private static let hybrid = CgroupLayout(
        mountInfo: """
            31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
            35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            36 31 0:33 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices
            37 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """,
        ownGroups: "5:memory:/\n4:devices:/\n3:cpuset:/\n2:cpu,cpuacct:/\n1:freezer:/\n0::/\n"
    )
    private static let legacy = CgroupLayout(
        mountInfo: hybrid.hierarchies.enumerated().map { index, hierarchy in
            let controllers = hierarchy.controllers.joined(separator: ",")
            return "\(index) 1 0:1 / \(hierarchy.mountPoint) rw - cgroup cgroup rw,\(controllers)"
        }.joined(separator: "\n"),
        ownGroups: "5:memory:/\n4:devices:/\n3:cpuset:/\n2:cpu,cpuacct:/\n1:freezer:/\n"
    )
    private static let unified = CgroupLayout(
        mountInfo: "26 23 0:23 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate",
        ownGroups: "0::/user.slice\n"
    )

    @Test("without limits only what serves every container is made")
    func leastDirectories() throws {
        var limits = ResourceLimits()
        limits.devices = [DeviceRule(allows: false, kind: .all)]
        let hybrid = try CgroupPlan(leaf: "llmbox/1", limits: limits, layout: Self.hybrid)
        #expect(hybrid.legacy == ["/sys/fs/cgroup/memory/llmbox/1", "/sys/fs/cgroup/devices/llmbox/1"])
        #expect(hybrid.unified == "/sys/fs/cgroup/unified/llmbox/1")
        #expect(hybrid.settings.map(\.file) == ["/sys/fs/cgroup/devices/llmbox/1/devices.deny"])
        #expect(hybrid.settings.map(\.value) == ["a *:* rwm"])
        let legacy = try CgroupPlan(leaf: "llmbox/1", limits: limits, layout: Self.legacy)
        #expect(legacy.unified == nil)
        #expect(
            legacy.legacy == ["memory", "devices", "freezer", "cpu,cpuacct"].map { "/sys/fs/cgroup/\($0)/llmbox/1" }
        )
        let unified = try CgroupPlan(
            leaf: "llmbox/1",
            limits: limits,
            layout: Self.unified,
            unifiedControllers: ["memory", "pids", "cpu"]
        )
        #expect(unified.legacy.isEmpty)
        #expect(unified.unified == "/sys/fs/cgroup/llmbox/1")
        #expect(Set(unified.enabled.keys) == ["memory", "pids"])
        #expect(unified.settings.isEmpty)
        #expect(unified.deviceProgram == limits.devices)
    }

    private static let limited: ResourceLimits = {
        var limits = ResourceLimits()
        limits.devices = nil
        limits.memory = 1000
        limits.setCPUs(1.5)
        limits.cpuShares = 1024
        limits.cpusetCPUs = "0-1"
        return limits
    }()

    @Test("limits become values of v1 files, in the order the kernel wants")
    func legacyLimits() throws {
        let plan = try CgroupPlan(leaf: "c", limits: Self.limited, layout: Self.hybrid)
        let lines = plan.settings.map { "\($0.file.dropFirst("/sys/fs/cgroup/".utf8.count))=\($0.value)" }
        #expect(
            lines == [
                "memory/c/memory.limit_in_bytes=1000", "memory/c/memory.memsw.limit_in_bytes=2000",
                "cpu,cpuacct/c/cpu.cfs_period_us=100000", "cpu,cpuacct/c/cpu.cfs_quota_us=150000",
                "cpu,cpuacct/c/cpu.shares=1024", "cpuset/c/cpuset.cpus=0-1",
            ]
        )
        #expect(plan.cpuset == "/sys/fs/cgroup/cpuset/c")
    }

    @Test("limits become values of cgroup2 files")
    func unifiedLimits() throws {
        var limits = Self.limited
        limits.pids = 50
        limits.blockWeight = 500
        let controllers: Set = ["memory", "pids", "cpu", "cpuset", "io"]
        let plan = try CgroupPlan(leaf: "c", limits: limits, layout: Self.unified, unifiedControllers: controllers)
        let lines = plan.settings.map { "\($0.file.dropFirst("/sys/fs/cgroup/c/".utf8.count))=\($0.value)" }
        #expect(
            lines == [
                "memory.max=1000", "memory.swap.max=1000", "pids.max=50", "cpu.max=150000 100000", "cpu.weight=39",
                "cpuset.cpus=0-1", "io.weight=4950",
            ]
        )
        #expect(Set(plan.enabled.keys) == controllers)
    }

    @Test("a limit without its controller is refused, and named")
    func missing() throws {
        var limits = ResourceLimits()
        limits.pids = 10
        #expect(throws: CgroupError.controllerMissing("pids", limit: "processes")) {
            try CgroupPlan(leaf: "c", limits: limits, layout: Self.hybrid)
        }
        #expect(throws: CgroupError.controllerMissing("pids", limit: "processes")) {
            try CgroupPlan(leaf: "c", limits: limits, layout: Self.unified, unifiedControllers: ["memory"])
        }
    }

    @Test("the device program asks the last rule first and stops at one about everything")
    func deviceProgram() {
        let rules = [
            DeviceRule(allows: false, kind: .all),
            DeviceRule(allows: true, kind: .character, major: 1, minor: 3, access: "rw"),
        ]
        let text = DeviceProgram(rules).instructions.map { value in
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        #expect(
            text == [
                "0000000000001261", "0000ffff00000254", "0000000000001361", "0000001000000374",
                "0000000000041461", "0000000000081561",
                "0000000200070255",  // not a character device: skip 7
                "00000000000031bc", "fffffff900000154", "0000000000040155",
                "0000000100030455", "0000000300020555", "00000001000000b7", "0000000000000095",
                "00000000000000b7", "0000000000000095",
            ]
        )
    }
}
