internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What a container is and may use where control groups are of version 2 alone, which is what most users have.
@Suite(
    .enabled(if: isRoot, "images of this test are made by root"),
    .enabled(if: GuestMachine.isPossible, "needs QEMU, and a kernel that `Tests/run` unpacks into .build/guest-kernel")
)
struct GuestTests {
    @Test(
        "limits hold, the freezer freezes, devices are guarded, nothing is left, and a container's rights are the same",
        .timeLimit(.minutes(16))
    )
    func version2() throws {
        try withStore { llmbox, context in
            let probe = try PostureTests.build(in: context)
            let text = GuestMachine.run(Self.script, files: [llmbox.root.string, probe], in: context)
            let found = PostureTests.sections(text)
            for (name, expected) in Self.expected {
                #expect(found[name]?.split(separator: "\n").map(String.init) == expected, "\(name): \(text)")
            }
            let golden = PostureTests.sections(PostureTests().goldens.text("posture-root.txt") ?? "")
            // What /proc and /sys have that may be written depends on the kernel's options; what is mounted is below.
            for name in golden.keys where name != "mounts" && !name.hasPrefix("files of /proc") {
                #expect(known(found[name]) == known(golden[name]), "\(name)")
            }
            // The files that the runtime brings have the access times of the file system that they lie on.
            let mounts = Set((found["mounts"] ?? "").split(separator: "\n").filter { !$0.hasPrefix("/etc/") })
            let others = Set((golden["mounts"] ?? "").split(separator: "\n").filter { !$0.hasPrefix("/sys/fs/cgroup") })
            #expect(mounts.subtracting(others) == ["/sys/fs/cgroup… control groups ro,nosuid,nodev,noexec,relatime"])
        }
    }

    /// Lines without the calls that one of the two kernels does not have.
    private func known(_ text: String?) -> [Substring]? {
        text?.split(separator: "\n").filter { !$0.contains("lsm_") && !$0.contains("memfd_secret") }
    }

    private static let script = """
        llmbox="llmbox --root /store"
        run="$llmbox run --network none"
        echo '[memory]'
        $run --name m -m 32m base sh -c 'cat /sys/fs/cgroup/memory.max; x=a; while :; do x=$x$x; done'; echo status $?
        $llmbox inspect -f '{{.State.OOMKilled}}' m; $llmbox rm m
        echo '[limits]'
        $run --rm --pids-limit 7 --cpus 0.2 --cap-add MKNOD base sh -c '
            cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/cpu.max
            (for i in 1 2 3 4 5 6 7 8; do sleep 9 & done) 2>&1 | grep -c fork
            for d in "c 1 1" "b 254 0" "c 1 3"; do
                mknod /tmp/d $d; (exec 3</tmp/d) 2>/dev/null && echo "$d opens" || echo "$d stays shut"; rm /tmp/d
            done
            mkdir /sys/fs/cgroup/x 2>&1; (echo 1 >/sys/fs/cgroup/pids.max) 2>&1; cat /proc/self/cgroup'
        echo '[freezer]'
        $run -d --name f base sh -c 'while :; do :; done' >/dev/null
        $llmbox pause f >/dev/null; cat /sys/fs/cgroup/llmbox/*/cgroup.events; $llmbox unpause f >/dev/null
        $llmbox update -m 64m f >/dev/null; cat /sys/fs/cgroup/llmbox/*/memory.max
        $llmbox rm -f f >/dev/null; find /sys/fs/cgroup/llmbox -mindepth 1 -type d 2>/dev/null
        echo '[runtime]'
        mkdir -p /tmp/b/rootfs/bin /tmp/b/rootfs/proc /tmp/b/rootfs/sys /tmp/b/rootfs/dev && cd /tmp/b
        cp /bin/busybox rootfs/bin; ln -s busybox rootfs/bin/sleep; llmbox runtime spec
        sed -i 's/"terminal" : true/"terminal" : false/; s/"sh"/"sleep","1000"/
            s/"resources" : {/"resources" : {"unified": {"memory.high": "33554432"}, "cpu": {"quota": 50000, "burst": 1000},/' \\
            config.json
        llmbox runtime create c </dev/null >/dev/null; llmbox runtime start c
        cat /sys/fs/cgroup/llmbox/c-*/memory.high /sys/fs/cgroup/llmbox/c-*/cpu.max.burst
        llmbox runtime pause c; llmbox runtime state c | grep -o '"status".*'; llmbox runtime resume c
        llmbox runtime update --memory 16777216 --pids-limit 9 c
        cat /sys/fs/cgroup/llmbox/c-*/memory.max /sys/fs/cgroup/llmbox/c-*/pids.max
        llmbox runtime kill --all c KILL; llmbox runtime delete -f c; echo delete $?
        find /sys/fs/cgroup/llmbox -mindepth 1 -type d 2>/dev/null
        echo '[end]'
        cp /probe /tmp/probe
        $run --rm -v /tmp/probe:/probe:ro base /probe
        """

    private static let expected: [String: [String]] = [
        "memory": ["33554432", "status 137", "true", "m"],
        "limits": [
            "7", "20000 100000", "1", "c 1 1 stays shut", "b 254 0 stays shut", "c 1 3 opens",
            "mkdir: can't create directory '/sys/fs/cgroup/x': Read-only file system",
            "sh: can't create /sys/fs/cgroup/pids.max: Read-only file system", "0::/",
        ],
        "freezer": ["populated 1", "frozen 1", "67108864"],
        "runtime": ["33554432", "1000", "\"status\" : \"paused\"", "16777216", "9", "delete 0"],
        "end": [],
    ]
}
