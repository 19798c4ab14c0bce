internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

extension GuestMachine {
    /// What the kernel needs to count by project.
    static let quotaModules = ["loop", "quota_tree", "quota_v2"].map { "\(directory)/\($0).ko" }

    /// Whether a guest can have a file system that does.
    static var countsByProject: Bool {
        isPossible && (quotaModules + ["/usr/sbin/mkfs.ext4"]).allSatisfy { access($0, R_OK) == 0 }
    }
}

/// Volumes on a file system that counts by project, which needs a kernel that can.
@Suite(
    .enabled(if: isRoot, "images of this test are made by root"),
    .enabled(if: GuestMachine.countsByProject, "needs QEMU, mkfs.ext4, and the modules that `Tests/run` unpacks")
)
struct VolumeGuestTests {
    @Test("a volume with a size holds no more, others hold what there is, and a size given back is free")
    func quota() throws {
        try withStore { llmbox, context in
            let disk = context.appending("disk").string
            let words = "truncate -s 24M \(disk) && mkfs.ext4 -q -O quota,project -E quotatype=prjquota \(disk)"
            try #require(run(["sh", "-c", words]).status == 0)
            let text = GuestMachine.run(
                Self.script,
                files: [llmbox.root.string, disk] + GuestMachine.quotaModules,
                in: context
            )
            let lines = text.split(separator: "\n").map(String.init)
            #expect(
                lines.starts(with: ["small", "yes", "yes", "plain", "8388608", "small", "plain", "volumes: "]),
                "\(text)"
            )
        }
    }

    private static let script = """
        for name in loop quota_tree quota_v2; do insmod /$name.ko; done
        mkdir /e && losetup /dev/loop0 /disk && mount -t ext4 -o prjquota /dev/loop0 /e && cp -a /store /e/store
        llmbox="llmbox --root /e/store"
        fill() { $llmbox run --rm --network none -v $1:/v base sh -c 'dd if=/dev/zero of=/v/f bs=1M count=8 2>/dev/null; stat -c %s /v/f'; }
        $llmbox volume create -o size=2m small
        size=$(fill small); [ $size -gt 1000000 ] && echo yes; [ $size -le 2097152 ] && echo yes
        $llmbox volume create plain; fill plain
        $llmbox volume rm small plain
        echo "volumes: $($llmbox volume ls -q)"
        """
}
