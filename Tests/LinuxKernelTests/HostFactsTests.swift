import Glibc
import LinuxKernel
import TestSupport
import Testing

@Suite struct HostFactsTests {
    @Test("probing answers with plausible facts")
    func probe() throws {
        let facts = try HostFacts.probe()
        #expect(facts.kernelVersion >= .init(5, 0))
        #expect(facts.bootID.utf8.count == 36)
        #expect(facts.processorCount > 0)
        #expect(facts.memorySize > 1 << 20)
        #expect(facts.userID == geteuid())
    }

    @Test(
        "a release becomes a version",
        arguments: [
            ("6.1.0-18-amd64", 6, 1), ("5.14", 5, 14), ("6.18.44-fc-v445", 6, 18), ("7", 7, 0), ("x", 0, 0), ("", 0, 0),
        ]
    )
    func versions(release: String, major: Int, minor: Int) {
        #expect(HostFacts.KernelVersion(release: release) == .init(major, minor))
    }

    @Test("the three cgroup layouts are told apart")
    func layouts() {
        let unified = CgroupLayout(
            mountInfo: "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n",
            ownGroups: "0::/user.slice/session-1.scope\n"
        )
        #expect(unified.kind == .unified)
        #expect(unified.unifiedMountPoint == "/sys/fs/cgroup")
        #expect(unified.unifiedOwnGroup == "/user.slice/session-1.scope")
        let legacy = CgroupLayout(
            mountInfo: """
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
                33 31 0:30 / /sys/fs/my\\040groups rw - cgroup cgroup rw,memory
                34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd

                """,
            ownGroups: "3:name=systemd:/a\n2:memory:/b:c\n1:cpu,cpuacct:/\n"
        )
        #expect(legacy.kind == .legacy)
        #expect(legacy.hierarchy(of: "cpuacct")?.mountPoint == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(legacy.hierarchy(of: "memory")?.mountPoint == "/sys/fs/my groups")
        #expect(legacy.hierarchy(of: "memory")?.ownGroup == "/b:c")
        #expect(legacy.hierarchies.last?.name == "systemd")
        #expect(legacy.hierarchies.last?.ownGroup == "/a")
    }
}
