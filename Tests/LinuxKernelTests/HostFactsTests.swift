import Glibc
import TestSupport
import Testing

@testable import LinuxKernel

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
        // As in a tree that is prepared for chroot(8).
        let twice = CgroupLayout(
            mountInfo: """
                90 31 0:30 / /mnt/sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                91 31 0:32 / /mnt/sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                34 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                92 31 0:30 / /other rw - cgroup cgroup rw,memory

                """,
            ownGroups: "2:memory:/\n0::/\n"
        )
        #expect(twice.hierarchies.map(\.mountPoint) == ["/sys/fs/cgroup/memory"])
        #expect(twice.unifiedMountPoint == "/sys/fs/cgroup/unified")
        #expect(legacy.hierarchies.last?.name == "systemd")
        #expect(legacy.hierarchies.last?.ownGroup == "/a")
    }

    @Test("what is left to a user is the largest part of version 2 around the own group that may be written")
    func delegation() {
        func part(_ own: String, _ writable: Set<String>) -> String? {
            let layout = CgroupLayout(
                mountInfo: """
                    31 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                    32 23 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                    """,
                ownGroups: "1:memory:/x\n0::\(own)\n"
            )
            let root = "/sys/fs/cgroup/unified"
            let rest = layout.delegated { path in
                writable.contains { path == root + $0 || path == root + $0 + "/cgroup.procs" }
            }
            #expect(rest.hierarchies.isEmpty && rest.isDelegated)
            return rest.unifiedMountPoint.map { String($0.dropFirst(root.count)) }
        }
        #expect(part("/", []) == nil)
        #expect(part("/user/session", []) == nil)
        #expect(part("/user/session", ["/user"]) == nil, "a process could not be moved out of its group")
        #expect(part("/user/session", ["/user/session"]) == "/user/session")
        #expect(part("/user/session", ["/user/session", "/user"]) == "/user")
        #expect(part("/", [""]) == "")
    }

    @Test("the rows of an id map are read, and tell who exists")
    func idMap() {
        let rows = UserNamespace.rows(in: "         0       1001          1\n         1     100000      65536\n")
        #expect(rows == [.init(inside: 0, outside: 1001, count: 1), .init(inside: 1, outside: 100_000, count: 65536)])
        #expect(UserNamespace.contains(rows, 0) && UserNamespace.contains(rows, 65_536))
        #expect(!UserNamespace.contains(rows, 65_537) && !UserNamespace.contains([], 0))
    }
}
