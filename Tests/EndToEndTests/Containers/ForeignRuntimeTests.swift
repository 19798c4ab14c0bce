import Glibc
import SystemPackage
import TestSupport
import Testing

/// Containers that another OCI runtime starts and llmbox looks after.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct ForeignRuntimeTests {
    private static let runtimes = ["runc", "crun"].filter { run(["which", $0]).status == 0 }

    /// How many directories of control groups have the container's id in their name.
    private func groups(_ id: String) -> String {
        run(["sh", "-c", "find /sys/fs/cgroup -type d -name '*\(id)*' 2>/dev/null | wc -l"]).line
    }

    @Test("streams, status and rights are those of a container of our own, and nothing is left", arguments: runtimes)
    func once(runtime: String) throws {
        try withStore { llmbox, _ in
            let script =
                "echo out; echo err >&2; grep -E 'Cap|Seccomp:|NoNewPrivs' /proc/self/status; umask; ls /dev | grep -v core; exit 3"
            let own = llmbox("run", "--rm", "--network", "none", "base", "sh", "-c", script)
            let other = llmbox("run", "--rm", "--network", "none", "--runtime", runtime, "base", "sh", "-c", script)
            #expect(other.status == 3 && other.errors == "err\n", "\(other)")
            #expect(other.output == own.output, "\(other) \(own)")
            let missing = llmbox("run", "--rm", "--network", "none", "--runtime", runtime, "base", "nosuch")
            #expect(missing.status == 127 && missing.errors.contains("cannot execute `nosuch`"), "\(missing)")
            #expect(llmbox("ps", "-aq").output == "")
            let left = run(["sh", "-c", "ls \(llmbox.root.string)/containers | grep -v by-name"])
            #expect(left.output == "", "\(left)")
            let unknown = llmbox("run", "--rm", "--runtime", "no-such-runtime", "base", "true")
            #expect(unknown.status == 125 && unknown.errors.contains("no such program"), "\(unknown)")
        }
    }

    @Test("start, exec, limits, pause, logs, stop and a restart work", arguments: runtimes)
    func life(runtime: String) throws {
        try withStore { llmbox, _ in
            let id = llmbox(
                "run",
                "-d",
                "--name",
                "c",
                "--network",
                "none",
                "--runtime",
                runtime,
                "-m",
                "64m",
                "--stop-timeout",
                "60",
                "base",
                "sh",
                "-c",
                "trap 'echo bye; exit 5' TERM; echo ready; while true; do sleep 0.1; done"
            )
            try #require(id.status == 0, "\(id)")
            let limit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max"
            #expect(llmbox("exec", "c", "sh", "-c", limit).line == "\(64 << 20)")
            let further = llmbox("exec", "-e", "A=b", "-u", "app", "c", "sh", "-c", "echo $A; id -u; exit 7")
            #expect(further.output == "b\n1000\n" && further.status == 7, "\(further)")
            #expect(llmbox("exec", "c", "no-such-program").status == 127)
            #expect(llmbox("exec", "-t", "c", "readlink", "/proc/self/fd/0").output.hasPrefix("/dev/pts/"))
            #expect(llmbox("exec", "-d", "c", "touch", "/tmp/detached").status == 0)
            #expect(eventually { llmbox("exec", "c", "test", "-e", "/tmp/detached").status == 0 })
            let files = run(["sh", "-c", "ls \(llmbox.root.string)/containers/*/ | grep runtime-"])
            #expect(files.output == "", "\(files)")
            #expect(llmbox("pause", "c").status == 0)
            #expect(llmbox("ps", "--format", "{{.State}}").line == "paused")
            #expect(llmbox("unpause", "c").status == 0)
            #expect(
                llmbox("inspect", "--format", "{{.HostConfig.Runtime}} {{.State.Running}}", "c").line
                    == "\(runtime) true"
            )
            #expect(llmbox("stop", "c").status == 0)
            #expect(llmbox("logs", "c").output == "ready\nbye\n")
            #expect(llmbox("inspect", "--format", "{{.State.ExitCode}}", "c").line == "5")
            #expect(groups(id.line) == "0")
            #expect(llmbox("start", "c").status == 0)
            #expect(llmbox("exec", "c", "cat", "/proc/1/comm").line == "sh")
            #expect(llmbox("rm", "-f", "c").status == 0)
            #expect(groups(id.line) == "0")
        }
    }

    @Test("when the monitor is killed, the next command ends what it left", arguments: runtimes)
    func killedMonitor(runtime: String) throws {
        try withStore { llmbox, _ in
            let id = llmbox("run", "-d", "--network", "none", "--runtime", runtime, "base", "sleep", "1000")
            try #require(id.status == 0, "\(id)")
            let pid = try #require(pid_t(llmbox("inspect", "--format", "{{.State.Pid}}", id.line).line))
            let monitor = run(["sh", "-c", "awk '/PPid/ { print $2 }' /proc/\(pid)/status"]).line
            #expect(kill(try #require(pid_t(monitor)), SIGKILL) == 0)
            // The lock of a killed process is free once the kernel has ended it.
            let state = { llmbox("inspect", "--format", "{{.State.Status}}", id.line).line }
            #expect(eventually { state() == "exited" })
            #expect(eventually { kill(pid, 0) != 0 })
            #expect(eventually { groups(id.line) == "0" })
            #expect(llmbox("start", id.line).status == 0)
            #expect(llmbox("rm", "-f", id.line).status == 0)
        }
    }

    @Test("a terminal inside has the size of the one outside", arguments: runtimes)
    func terminal(runtime: String) throws {
        try withStore { llmbox, _ in
            try TerminalSession.with(llmbox) { session in
                session.type("l run -it --rm --network none --runtime \(runtime) base sh")
                session.waitFor("/ #")
                session.type("echo size $(stty size) on $(tty)")
                let screen = session.waitFor("size 30 100 on /dev/")
                #expect(screen.contains("size 30 100 on /dev/"), "\(screen)")
                session.type("exit")
            }
        }
    }

    @Test("what another runtime cannot do here is refused with words")
    func refused() throws {
        try withStore { llmbox, _ in
            for options in [["--init"], ["--gpus", "all"], ["--ipc", "container:x"]] {
                let words = ["run", "--rm", "--runtime", "runc"] + options + ["base", "true"]
                let result = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                #expect(result.status == 125 && result.errors.contains("--runtime runc"), "\(result)")
            }
        }
    }
}
