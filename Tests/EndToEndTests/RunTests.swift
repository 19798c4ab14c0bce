internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RunTests {
    @Test("the exit status is the command's, and 125 to 127 and 128 + n where docker has them")
    func exitStatus() throws {
        try withStore { llmbox, _ in
            let base = ["run", "--rm", "--network", "none"]
            func status(_ words: [String]) -> Int32 {
                TestSupport.run([LLMBoxProgram.path] + words, environment: llmbox.environment).status
            }
            #expect(status(base + ["base", "true"]) == 0)
            #expect(status(base + ["base", "sh", "-c", "exit 42"]) == 42)
            #expect(status(base + ["base", "no-such-command"]) == 127)
            #expect(status(base + ["base", "/etc/passwd"]) == 126)
            #expect(status(base + ["base", "/etc"]) == 126)
            // The kernel spares PID 1 its own SIGKILL, so the command must not be PID 1 here.
            #expect(status(base + ["--init", "base", "sh", "-c", "kill -9 $$"]) == 137)
            #expect(status(base + ["--no-such-flag", "base", "true"]) == 125)
            #expect(status(base + ["127.0.0.1:1/no:image", "true"]) == 125)
        }
    }

    @Test("standard output, standard error and standard input stay apart")
    func streams() throws {
        try withStore { llmbox, _ in
            let result = llmbox(
                "run",
                "--rm",
                "-i",
                "--network",
                "none",
                "base",
                "sh",
                "-c",
                "cat; echo problem >&2",
                input: Array("data\n".utf8)
            )
            #expect(result.output == "data\n")
            #expect(result.errors == "problem\n")
        }
    }

    @Test("inside are only the container's own processes, hostname, mounts, capabilities and seccomp filter")
    func isolation() throws {
        try withStore { llmbox, _ in
            let script = """
                ps | wc -l; hostname; grep -E '^(CapEff|CapBnd|CapInh|CapAmb|Seccomp):' /proc/self/status; id; echo $PATH; pwd
                wc -c < /proc/interrupts; ls -A /sys/firmware | wc -l
                touch /proc/sys/kernel/hostname 2>&1 | grep -c -i read-only; mount | grep -c ' on /work\\| on /home\\| on /var'
                cat /proc/1/comm
                """
            let result = llmbox("run", "--rm", "--network", "none", "--hostname", "box", "base", "sh", "-c", script)
            let lines = result.output.split(separator: "\n").map(String.init)
            try #require(result.status == 0, "\(result)")
            #expect(lines[1] == "box")
            // Docker's set, less what this machine itself lacks.
            let bounds = run(["sh", "-c", "grep CapBnd /proc/self/status"]).output.split(separator: "\t").last ?? ""
            let host = UInt64(bounds.dropLast(), radix: 16) ?? 0
            let expected = String(0xa804_25fb & host, radix: 16)
            let mask = String(repeating: "0", count: 16 - expected.count) + expected
            #expect(result.output.contains("CapEff:\t\(mask)"))
            #expect(result.output.contains("CapBnd:\t\(mask)"))
            #expect(result.output.contains("CapInh:\t0000000000000000"))
            #expect(result.output.contains("CapAmb:\t0000000000000000"))
            #expect(result.output.contains("Seccomp:\t2"))
            #expect(result.output.contains("uid=0(root) gid=0(root)"))
            #expect(lines.contains("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
            #expect(lines.contains("/"))
            #expect(
                lines.suffix(5).prefix(2) == ["0", "0"],
                "masked files and directories are empty: \(lines)"
            )
            #expect((Int(lines[0]) ?? 99) <= 5, "processes: \(lines[0])")
        }
    }

    @Test("environment, user, working directory, entrypoint and limits reach the process")
    func options() throws {
        try withStore { llmbox, context in
            write("FROM_FILE=1\n# comment\n", to: "env", in: context)
            let result = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "-e",
                "A=b c",
                "--env-file",
                context.appending("env").string,
                "-u",
                "app",
                "-w",
                "/made/here",
                "--entrypoint",
                "sh",
                "--pids-limit",
                "50",
                "--memory",
                "64m",
                "--cpus",
                "0.5",
                "base",
                "-c",
                "echo $A $FROM_FILE; id -u; id -G; pwd; echo $HOME"
            )
            #expect(result.output == "b c 1\n1000\n1000 2000\n/made/here\n/home/app\n", "\(result)")
        }
    }

    @Test("a process over its memory limit is killed, and inspect says so")
    func memory() throws {
        try withStore { llmbox, _ in
            let result = llmbox(
                "run",
                "--name",
                "hog",
                "--network",
                "none",
                "--memory",
                "32m",
                "base",
                "sh",
                "-c",
                "head -c 200m /dev/zero | tail | wc -c"
            )
            #expect(result.status == 137 || result.status == 0, "\(result)")
            let direct = llmbox(
                "run",
                "--name",
                "hog2",
                "--network",
                "none",
                "--memory",
                "32m",
                "base",
                "awk",
                "BEGIN { s = \"x\"; while (1) s = s s }"
            )
            #expect(direct.status == 137, "\(direct)")
            #expect(llmbox("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", "hog2").line == "true 137")
        }
    }

    @Test("a detached container logs, stops, starts again and is removed")
    func detached() throws {
        try withStore { llmbox, _ in
            let started = llmbox(
                "run",
                "-d",
                "--name",
                "web",
                "--network",
                "none",
                "base",
                "sh",
                "-c",
                "echo up; exec sleep 60"
            )
            try #require(started.status == 0, "\(started.errors)")
            #expect(started.line.count == 64)
            #expect(eventually { llmbox("logs", "web").output == "up\n" })
            #expect(llmbox("ps", "--format", "{{.Names}} {{.State}}").line == "web running")
            #expect(llmbox("exec", "web", "sh", "-c", "exit 5").status == 5)
            #expect(llmbox("exec", "web", "hostname").line == String(started.line.prefix(12)))
            #expect(llmbox("rm", "web").status == 1, "a running container is not removed without -f")
            #expect(llmbox("stop", "-t", "1", "web").line == "web")
            #expect(llmbox("inspect", "-f", "{{.State.Status}}", "web").line == "exited")
            #expect(llmbox("start", "web").line == "web")
            #expect(llmbox("rm", "-f", "web").line == "web")
            #expect(llmbox("ps", "-aq").output.isEmpty)
            #expect(llmbox("inspect", "web").status == 1)
        }
    }

    @Test("a health check of the image is performed, and ps and inspect tell its result")
    func health() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base
                HEALTHCHECK --interval=100ms --start-interval=100ms --retries=1 CMD test -e /ok
                CMD ["sh", "-c", "touch /ok; exec sleep 60"]
                """
            write(text, to: "Dockerfile", in: context)
            try #require(llmbox("build", "-t", "app", context.string).status == 0)
            try #require(llmbox("run", "-d", "--name", "web", "--network", "none", "app").status == 0)
            let becameHealthy = eventually {
                llmbox("inspect", "-f", "{{.State.Health.Status}}", "web").line == "healthy"
            }
            #expect(becameHealthy)
            #expect(llmbox("ps", "--format", "{{.Status}}").line.hasSuffix("(healthy)"))
            #expect(llmbox("create", "--no-healthcheck", "--name", "quiet", "--network", "none", "app").status == 0)
            let check = "{{if .Config.Healthcheck}}some{{else}}none{{end}}"
            #expect(llmbox("inspect", "-f", check, "web").line == "some")
            #expect(llmbox("inspect", "-f", check, "quiet").line == "none")
            #expect(llmbox("rm", "quiet").status == 0)
            #expect(llmbox("exec", "web", "rm", "/ok").status == 0)
            let becameUnhealthy = eventually {
                llmbox("inspect", "-f", "{{.State.Health.Status}}", "web").line == "unhealthy"
            }
            #expect(becameUnhealthy)
        }
    }

    @Test("binds and named volumes keep data, and a read-only root refuses writes")
    func volumes() throws {
        try withStore { llmbox, context in
            write("from host\n", to: "file", in: context)
            let bound = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "-v",
                "\(context):/data:ro",
                "base",
                "sh",
                "-c",
                "cat /data/file; touch /data/x 2>/dev/null || echo refused"
            )
            #expect(bound.output == "from host\nrefused\n", "\(bound)")
            let named = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "-v",
                "vol:/v",
                "base",
                "sh",
                "-c",
                "echo kept > /v/f"
            )
            #expect(named.status == 0, "\(named)")
            let read = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "--read-only",
                "-v",
                "vol:/v",
                "base",
                "sh",
                "-c",
                "cat /v/f; touch /x 2>/dev/null || echo refused"
            )
            #expect(read.output == "kept\nrefused\n", "\(read)")
        }
    }

    @Test("a published port on a bridge is reached from the host")
    func bridge() throws {
        try withStore { llmbox, _ in
            let started = llmbox(
                "run",
                "-d",
                "--name",
                "web",
                "-p",
                "127.0.0.1::8000",
                "base",
                "sh",
                "-c",
                "mkdir /www; echo served > /www/index.html; exec httpd -f -p 8000 -h /www"
            )
            try #require(started.status == 0, "\(started.errors)")
            usleep(300_000)
            let address = llmbox("port", "web", "8000").line
            let fetched = run(["busybox", "wget", "-q", "-O", "-", "http://\(address)/"], limit: 20)
            #expect(fetched.output == "served\n", "\(address) \(fetched)")
            let taken = llmbox("run", "--rm", "-p", "\(address):8000", "base", "true")
            #expect(taken.status == 125)
            #expect(
                taken.errors.contains(address.split(separator: ":").last.map(String.init) ?? "?"),
                "\(taken.errors)"
            )
        }
    }
}
