import Glibc
import LinuxKernel
import SystemPackage
import TestSupport
import Testing

@testable import ContainerRuntime

/// Real cgroups of this machine, below a parent of the tests' own.
@Suite(.serialized, .enabled(if: geteuid() == 0, "cgroups need root")) struct CgroupTests {
    private static let parent = "llmbox-test-\(getpid())"

    private func withSet(_ limits: ResourceLimits, _ body: (CgroupSet) throws -> Void) throws {
        let layout = try CgroupLayout.probe()
        let set = try CgroupSet.create(id: "c", limits: limits, layout: layout, parent: Self.parent)
        defer {
            try? set.kill()
            #expect(throws: Never.self) { try set.remove() }
            for directory in set.directories { rmdir(String(directory.dropLast(2))) }
            #expect(set.directories.allSatisfy { access($0, F_OK) != 0 })
        }
        try body(set)
    }

    /// Starts a shell that joins the cgroups as a container does, before anything else.
    private func spawn(_ script: String, in set: CgroupSet) throws -> TestProcess {
        let joins =
            set.taskFiles.map { "echo 0 > \($0)" }
            + (set.unifiedDirectory.map { ["echo 0 > \($0)/cgroup.procs"] } ?? [])
        return try TestProcess("/bin/sh", ["-c", (joins + [script]).joined(separator: "; ")])
    }

    @Test("limits are in force")
    func limits() throws {
        var limits = ResourceLimits()
        limits.memory = 64 << 20
        limits.setCPUs(0.5)
        try withSet(limits) { set in
            let child = try spawn("exec sleep 100", in: set)
            defer { child.kill() }
            while set.processes.isEmpty { usleep(1000) }
            let group = try FileIO.readText(path: "/proc/\(child.pid)/cgroup")
            #expect(group.contains("/\(Self.parent)/c"))
            #expect(set.statistics().memoryLimit == 64 << 20)
            #expect(set.statistics().pids == 1)
        }
    }

    @Test("a process that takes more memory than its limit is killed, and that is seen")
    func outOfMemory() throws {
        var limits = ResourceLimits()
        limits.memory = 16 << 20
        try withSet(limits) { set in
            #expect(set.outOfMemoryKills == 0)
            let child = try spawn("exec tail /dev/zero", in: set)
            #expect(child.wait() == .signaled(SIGKILL))
            #expect(set.outOfMemoryKills > 0)
        }
    }

    @Test("only the listed devices can be opened")
    func devices() throws {
        try withSet(ResourceLimits()) { set in
            let child = try spawn(
                "head -c1 /dev/zero > /dev/null && ! head -c1 /dev/vda 2> /dev/null && ! head -c1 /dev/kmsg 2> /dev/null",
                in: set
            )
            #expect(child.wait() == .exited(0))
        }
    }

    @Test(
        "the program for cgroup2 lets the same devices through",
        .enabled(if: (try? CgroupLayout.probe())?.unifiedMountPoint != nil, "needs control groups of version 2")
    )
    func deviceProgram() throws {
        var limits = ResourceLimits()
        limits.devices = nil
        try withSet(limits) { set in
            let unified = try #require(set.unifiedDirectory)
            try DeviceFilter.attach(DeviceProgram(DeviceRule.standard).instructions, toCgroup: unified)
            let child = try spawn("head -c1 /dev/zero > /dev/null && ! head -c1 /dev/kmsg 2> /dev/null", in: set)
            #expect(child.wait() == .exited(0))
        }
    }

    @Test("a whole tree is frozen, goes on, and is killed with all its children")
    func freezeAndKill() throws {
        try withSet(ResourceLimits()) { set in
            let child = try spawn("sleep 100 & setsid sleep 100 & wait", in: set)
            while set.processes.count < 3 { usleep(1000) }
            try set.setFrozen(true)
            try set.setFrozen(false)
            try set.kill()
            #expect(child.wait() == .signaled(SIGKILL))
            // The two orphans end by themselves; `remove` waits for them.
        }
    }

    @Test("a limit that the kernel refuses leaves nothing behind")
    func refused() throws {
        var limits = ResourceLimits()
        limits.cpusetCPUs = "4000"
        let layout = try CgroupLayout.probe()
        #expect(throws: CgroupError.self) {
            try CgroupSet.create(id: "c", limits: limits, layout: layout, parent: Self.parent)
        }
        for mount in layout.hierarchies.map(\.mountPoint) + [layout.unifiedMountPoint].compactMap({ $0 }) {
            #expect(access("\(mount)/\(Self.parent)/c", F_OK) != 0)
            rmdir("\(mount)/\(Self.parent)")
        }
    }
}
