internal import Glibc
internal import SystemPackage
internal import TestSupport

/// A machine whose control groups are of version 2 alone, with a kernel of Debian's, emulated in software.
///
/// `Tests/run` unpacks the kernel; without it, or without QEMU, there is no guest.
enum GuestMachine {
    /// The directory of the kernel: `vmlinuz`, and `overlay.ko` where that is a module.
    static var directory: String {
        if let given = getenv("LLMBOX_GUEST_KERNEL") { return String(cString: given) }
        return "\(#filePath)".split(separator: "/").dropLast(4).reduce("") { "\($0)/\($1)" } + "/.build/guest-kernel"
    }

    /// Whether everything is there that a guest needs.
    static var isPossible: Bool {
        access("\(directory)/vmlinuz", R_OK) == 0 && access("/usr/bin/qemu-system-x86_64", X_OK) == 0
    }

    /// What the guest prints.
    ///
    /// The script runs as root in a POSIX shell, with busybox and `llmbox` on its path, and the files at the top.
    static func run(_ script: String, files: [String], in directory: FilePath) -> String {
        let place = directory.appending("guest").string
        let words = ["bash", "-c", assembly, "sh", Self.directory, place, LLMBoxProgram.path, script] + files
        let result = TestSupport.run(words, limit: 1500)
        return (result.output + result.errors).split(whereSeparator: \.isNewline).joined(separator: "\n")
    }

    /// Makes a root file system in memory out of what this machine has, and boots it.
    private static let assembly = """
        set -e
        kernel=$1 place=$2 program=$3 script=$4; shift 4
        t=$place/tree
        mkdir -p $t/bin $t/proc $t/sys $t/dev $t/tmp $t/new $t/etc $t/usr/lib $t/llmbox $t/lib64
        cp /bin/busybox $t/bin/; ln -s busybox $t/bin/sh
        strip -o $t/llmbox/llmbox $program
        cp $(dirname $program)/llmbox-init $t/llmbox/
        ldd $program | awk '$3 ~ /^\\// { print $3 }' | xargs cp -L -t $t/usr/lib/
        cp -L /lib64/ld-linux-x86-64.so.2 $t/lib64/
        test ! -e $kernel/overlay.ko || cp $kernel/overlay.ko $t/
        for file; do cp -a $file $t/; done
        printf '%s\\n' "$script" >$t/script
        cat >$t/init <<'EOF'
        #!/bin/busybox sh
        export PATH=/bin:/llmbox LD_LIBRARY_PATH=/usr/lib HOME=/root
        /bin/busybox --install -s /bin
        mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
        mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mkdir -p /dev/pts /dev/shm; mount -t devpts pts /dev/pts; mount -t tmpfs shm /dev/shm
        test ! -e /overlay.ko || insmod /overlay.ko
        # The first root cannot be exchanged (pivot_root(2)); what is moved over it can.
        mount --rbind / /new; cd /new; mount --move . /
        exec chroot . /bin/sh -c 'mount -t tmpfs tmp /tmp; ip link set lo up; sh /script >/dev/ttyS0 2>&1; echo "[off]" >/dev/ttyS0; poweroff -f'
        EOF
        chmod 755 $t/init
        (cd $t && find . | busybox cpio -o -H newc 2>/dev/null) >$place/initrd
        rm -r $t
        timeout -s KILL 1440 qemu-system-x86_64 -accel tcg -icount shift=1,sleep=off -cpu max -m 1024 -display none -nodefaults -no-reboot -serial stdio \\
            -kernel $kernel/vmlinuz -initrd $place/initrd -append 'console=ttyS0 loglevel=1 panic=-1 no_timer_check rdinit=/init' </dev/null
        """
}
