internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// podman's ordinary life cycle with us as its runtime, one row after the other.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct PodmanTests {
    @Test("the status of a command comes back, and the words for one that cannot be found")
    func run() throws {
        try withPodman { podman in
            #expect(podman("run", "--rm", "rt", "sh", "-c", "echo hello; exit 7") == .init(7, "hello\n"))
            #expect(podman("run", "--rm", "rt", "no-such-program").status == 127)
            #expect(podman("run", "--rm", "rt", "/etc").status == 126)
        }
    }

    @Test("exec gives status, user, directory and environment, and joins what is there")
    func exec() throws {
        try withPodman { podman in
            #expect(podman("run", "-d", "--name", "p", "rt", "sleep", "1000").status == 0)
            #expect(podman("exec", "p", "sh", "-c", "exit 3").status == 3)
            let words = [
                "exec", "-u", "7:8", "-w", "/tmp", "-e", "A=b", "p", "sh", "-c", "echo $A $PWD $(id -u):$(id -g)",
            ]
            #expect(podman(words) == .init(0, "b /tmp 7:8\n"))
            #expect(podman("exec", "p", "no-such-program").status == 127)
            #expect(podman("exec", "p", "readlink", "/proc/1/exe").output == "/bin/busybox\n")
        }
    }

    @Test("a terminal has its size and the keys of its user", arguments: ["run --rm -it rt", "exec -it p"])
    func terminal(command: String) throws {
        try withPodman { podman in
            #expect(podman("run", "-d", "--name", "p", "rt", "sleep", "1000").status == 0)
            let line =
                podman.line(command.split(separator: " ").map(String.init)) + " sh -c 'test -t 0 && echo a tty; exit 5'"
            let result = TestSupport.run(["script", "-qec", line, "/dev/null"])
            #expect(result.status == 5 && result.output.contains("a tty"), "\(result)")
        }
    }

    @Test("logs, kill, wait and rm tell of a process that ended by itself")
    func signals() throws {
        try withPodman { podman in
            let loop = "trap 'exit 5' TERM; echo started; while :; do sleep 0.1; done"
            #expect(podman("run", "-d", "--name", "p", "rt", "sh", "-c", loop).status == 0)
            #expect(eventually { podman("logs", "p").output == "started\n" })
            #expect(podman("kill", "-s", "TERM", "p").status == 0)
            #expect(podman("wait", "p").output == "5\n")
            #expect(podman("rm", "p").status == 0)
            #expect(podman("run", "-d", "--name", "q", "rt", "sleep", "1000").status == 0)
            #expect(podman("stop", "-t", "0", "q").status == 0)
            #expect(podman("inspect", "-f", "{{.State.ExitCode}}", "q").output == "137\n")
            #expect(podman("start", "q").status == 0, "a container that was stopped starts again")
            #expect(podman("inspect", "-f", "{{.State.Status}}", "q").output == "running\n")
        }
    }

    @Test("stats, top, pause and a check of health work on what runs")
    func watching() throws {
        try withPodman { podman in
            let health = ["--health-cmd", "test -e /tmp/well", "--health-interval", "disable", "--health-retries", "1"]
            #expect(podman(["run", "-d", "--name", "p"] + health + ["rt", "sleep", "1000"]).status == 0)
            #expect(podman("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "p").output == "p 1\n")
            #expect(podman("top", "p", "args").output.contains("sleep 1000"))
            #expect(podman("pause", "p").status == 0)
            #expect(podman("inspect", "-f", "{{.State.Status}}", "p").output == "paused\n")
            #expect(podman("unpause", "p").status == 0)
            #expect(podman("healthcheck", "run", "p").status == 1)
            #expect(podman("exec", "p", "touch", "/tmp/well").status == 0)
            #expect(podman("healthcheck", "run", "p").status == 0)
        }
    }

    @Test("limits are in force, and a process that was killed for lack of memory is told as such")
    func limits() throws {
        try withPodman { podman in
            let memory = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null"
            let words = [
                "run", "--rm", "--memory", "64m", "--pids-limit", "50", "--cpus", "0.5", "rt", "sh", "-c", memory,
            ]
            #expect(podman(words).output == "67108864\n")
            // A pipe whose writer never ends a line makes the reader hold all of it.
            let eater = ["run", "--name", "e", "--memory", "16m", "--memory-swap", "16m", "rt", "sh", "-c"]
            #expect(podman(eater + ["x=a; while :; do x=$x$x; done"]).status == 137)
            // conmon was told of it by the kernel's own event, and notes it so.
            #expect(eventually { access(podman.place(of: "oom"), F_OK) == 0 })
        }
    }

    @Test("a read-only root, other capabilities, users of its own and masks are as asked for")
    func isolation() throws {
        try withPodman { podman in
            #expect(podman("run", "--rm", "--read-only", "rt", "touch", "/x").status == 1)
            #expect(
                podman("run", "--rm", "--read-only", "--tmpfs", "/scratch", "rt", "touch", "/scratch/x").status == 0
            )
            let mapped = ["run", "--rm", "--uidmap", "0:100000:65536", "--gidmap", "0:100000:65536", "rt"]
            let map = podman(mapped + ["cat", "/proc/self/uid_map"]).output.split(separator: " ")
            #expect(map == ["0", "100000", "65536\n"])
            let caps = [
                "run", "--rm", "--cap-drop", "all", "--cap-add", "chown", "rt", "grep", "CapEff", "/proc/self/status",
            ]
            #expect(podman(caps).output == "CapEff:\t0000000000000001\n")
            #expect(podman("run", "--rm", "rt", "cat", "/proc/kcore").output == "")
            let hardened = [
                "run", "--rm", "--security-opt", "no-new-privileges", "rt", "grep", "NoNewPrivs", "/proc/self/status",
            ]
            #expect(podman(hardened).output == "NoNewPrivs:\t1\n")
        }
    }

    private func withPodman(_ body: (Podman) throws -> Void) throws {
        try withBundle { runtime in
            let podman = Podman(runtime)
            defer { podman.cleanUp() }
            try #require(podman.importRootfs().status == 0)
            try body(podman)
        }
    }
}

/// podman with a store of its own, which is told to use our runtime by a program's name, as it wants it.
private struct Podman {
    struct Outcome: Equatable {
        var status: Int32
        var output: String

        init(_ status: Int32, _ output: String) {
            self.status = status
            self.output = output
        }
    }

    private let directory: String
    private let link: String
    private let rootfs: String

    init(_ runtime: BundleRuntime) {
        directory = runtime.bundle + "/podman"
        link = runtime.bundle + "/llmbox-runtime"
        rootfs = runtime.bundle + "/rootfs"
        symlink(LLMBoxProgram.path, link)
        mkdir(directory, 0o755)
    }

    func importRootfs() -> Outcome {
        let words = "tar -C \(rootfs) -c . | podman \(place.joined(separator: " ")) import - rt"
        let result = TestSupport.run(["sh", "-c", words])
        return Outcome(result.status, result.errors)
    }

    func callAsFunction(_ arguments: String...) -> Outcome { self(arguments) }

    func callAsFunction(_ arguments: [String]) -> Outcome {
        // conmon leaves a file where it is started.
        let result = TestSupport.run(["sh", "-c", "cd $0 && exec \"$@\"", directory] + words(arguments))
        return Outcome(result.status, result.output)
    }

    /// Where something is that was left behind.
    func place(of name: String) -> String { "\(directory)/\(name)" }

    /// A command line for a shell.
    func line(_ arguments: [String]) -> String { words(arguments).joined(separator: " ") }

    private func words(_ arguments: [String]) -> [String] {
        var words = ["podman"] + place + ["--runtime", link, "--cgroup-manager", "cgroupfs"] + arguments
        if arguments[0] == "run" {
            // Without CAP_SYS_RESOURCE nobody can raise limits as podman does.
            let limits = ["--network", "none", "--ulimit", "nproc=1000:1000", "--ulimit", "nofile=1000:1000"]
            words.insert(contentsOf: limits, at: words.count - arguments.count + 1)
        }
        return words
    }

    func cleanUp() {
        _ = self("rm", "-fa")
        _ = self("rmi", "-fa")
        // podman keeps its store's mount of overlay for itself.
        _ = TestSupport.run(["umount", "\(directory)/root/overlay"])
    }

    private var place: [String] {
        ["--root", "\(directory)/root", "--runroot", "\(directory)/run", "--tmpdir", "\(directory)/tmp"]
    }
}
