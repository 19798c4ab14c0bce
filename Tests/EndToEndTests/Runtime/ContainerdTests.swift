internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// containerd's own shim with us in the place of runc.
@Suite(
    .enabled(if: isRoot, "containers of this test need root"),
    .enabled(if: access("/usr/bin/ctr", X_OK) == 0, "needs the package containerd")
)
struct ContainerdTests {
    @Test("ctr runs, executes in, pauses, measures, kills and removes containers", .timeLimit(.minutes(3)))
    func lifeCycle() throws {
        try withBundle { runtime in
            let result = TestSupport.run(
                ["bash", "-c", Self.script, "sh", runtime.bundle, LLMBoxProgram.path],
                limit: 150
            )
            #expect(result.output == Self.expected, "\(result)")
        }
    }

    private static let expected = """
        ready
        hello
        run 7
        inside
        exec 3
        PAUSED
        RUNNING
        measured
        STOPPED
        a tty
        terminal 5
        left 0

        """

    /// The daemon ends with the script, whatever happens.
    private static let script = """
        cd "$1" && mkdir d && ln -s "$2" llmbox-runtime
        cat >d/config.toml <<EOF
        version = 2
        root = "$1/d/root"
        state = "$1/d/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
            "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.btrfs",
            "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs"]
        [grpc]
        address = "$1/d/c.sock"
        [ttrpc]
        address = "$1/d/t.sock"
        EOF
        containerd -c d/config.toml >d/log 2>&1 &
        daemon=$!
        client="ctr -a $1/d/c.sock"
        status() { $client task ls | awk -v n="$1" '$1 == n { print $3 }'; }
        until_is() { for i in $(seq 300); do test "$(status $1)" = $2 && break; sleep 0.1; done; status $1; }
        finish() {
            $client task kill -s KILL two
            $client task rm -f two
            kill -9 $daemon
            wait $daemon
        }
        trap 'finish >/dev/null 2>&1' EXIT
        for i in $(seq 300); do $client version >/dev/null 2>&1 && echo ready && break; sleep 0.1; done
        tar -C rootfs -c . >rootfs.tar
        $2 --root $1/store import rootfs.tar docker.io/library/rt:1 >/dev/null
        $2 --root $1/store save -o rt.tar docker.io/library/rt:1 >/dev/null
        $client image import --snapshotter native rt.tar >/dev/null
        run="$client run --snapshotter native --runc-binary $1/llmbox-runtime"
        $run --rm docker.io/library/rt:1 one sh -c 'echo hello; exit 7'; echo run $?
        $run -d docker.io/library/rt:1 two sleep 1000
        $client task exec --exec-id e two sh -c 'echo inside; exit 3'; echo exec $?
        $client task pause two; until_is two PAUSED
        $client task resume two; until_is two RUNNING
        $client task metrics two | grep -q '^memory' && echo measured
        $client task kill -s KILL two; until_is two STOPPED
        $client task rm two >/dev/null 2>&1
        $client container rm two
        script -qec "$run --rm -t docker.io/library/rt:1 three sh -c 'test -t 0 && echo a tty; exit 5'" /dev/null |
            grep -o 'a tty'
        echo terminal ${PIPESTATUS[0]}
        echo left $(ls d/state/io.containerd.runtime.v2.task/default 2>/dev/null | wc -l)
        """
}
