import Glibc
import SystemPackage
import TestSupport
import Testing

/// Options of the commands that control containers and look at them.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct ControlFlagTests {
    /// A script that ignores the signal to end, so that `stop` takes its whole time.
    private static let stubborn = "trap '' TERM; echo ready; while true; do sleep 0.2; done"

    @Test("several containers are stopped at once: one that takes its time keeps no other waiting")
    func parallelStop() throws {
        try withStore { llmbox, _ in
            llmbox("run", "-d", "--name", "slow", "--network", "none", "base", "sh", "-c", Self.stubborn)
            llmbox(
                "run",
                "-d",
                "--name",
                "quick",
                "--network",
                "none",
                "--stop-signal",
                "KILL",
                "base",
                "sleep",
                "1000"
            )
            #expect(eventually { llmbox("logs", "slow").output == "ready\n" })
            // One after the other, the second would run until the first was killed.
            let script = """
                $0 stop -t 6000 slow quick none-such > $1 2>&1 & stop=$!
                for i in $(seq 900); do [ -n "$($0 ps -q --filter name=quick)" ] || { echo ended first; break; }; sleep 0.1; done
                $0 kill slow; wait $stop; echo status $?; cat $1
                """
            let output = llmbox.root.removingLastComponent().appending("stopped").string
            let words = ["bash", "-c", script, LLMBoxProgram.path, output]
            let stopped = run(words, environment: llmbox.environment, limit: 600).output
            #expect(stopped.hasPrefix("ended first\nslow\nstatus 1\n"), "\(stopped)")
            #expect(stopped.contains("slow\nquick\n") && stopped.contains("no such container: none-such"), "\(stopped)")
            #expect(llmbox("ps", "-q").output == "")
            #expect(llmbox("restart", "-t", "0", "slow", "quick").output == "slow\nquick\n")
            #expect(llmbox("ps", "-q").output.split(separator: "\n").count == 2)
        }
    }

    @Test("wait knows conditions, and tells the nearest one of a misspelt one")
    func conditions() throws {
        try withStore { llmbox, _ in
            llmbox("create", "--name", "a", "--network", "none", "base", "sh", "-c", "exit 7")
            #expect(llmbox("wait", "--condition", "created", "a").line == "-1")
            #expect(llmbox("start", "a").status == 0)
            #expect(llmbox("wait", "--condition", "stopped", "a").line == "7")
            let healthy = "--health-cmd=true"
            llmbox(
                "run",
                "-d",
                "--name",
                "b",
                "--network",
                "none",
                healthy,
                "--health-interval",
                "1s",
                "base",
                "sleep",
                "1000"
            )
            #expect(llmbox("wait", "--condition", "healthy", "--condition", "unhealthy", "b").line == "-1")
            let wrong = llmbox("wait", "--condition", "runing", "b")
            #expect(wrong.status == 1 && wrong.errors.contains("did you mean `running`?"), "\(wrong)")
        }
    }

    @Test("logs --details shows the labels and variables of --log-opt")
    func details() throws {
        try withStore { llmbox, _ in
            llmbox(
                "run",
                "--name",
                "a",
                "--network",
                "none",
                "--label",
                "x=1",
                "-e",
                "Y=2",
                "--log-opt",
                "labels=x,none",
                "--log-opt",
                "env=Y",
                "base",
                "echo",
                "text"
            )
            #expect(llmbox("logs", "--details", "a").output == "Y=2,x=1 text\n")
            #expect(llmbox("logs", "a").output == "text\n")
            llmbox("run", "--name", "b", "--network", "none", "base", "echo", "text")
            #expect(llmbox("logs", "--details", "b").output == " text\n")
        }
    }

    @Test("ps -s shows what was written, and the time of an end that nobody saw")
    func list() throws {
        try withStore { llmbox, _ in
            let id = llmbox(
                "run",
                "-d",
                "--name",
                "a",
                "--network",
                "none",
                "base",
                "sh",
                "-c",
                "head -c 5000 /dev/zero > /f; sleep 1000"
            )
            #expect(eventually { llmbox("ps", "-s", "--format", "{{.Size}}").line.hasPrefix("5kB (virtual ") })
            #expect(llmbox("ps", "--size").output.split(separator: "\n")[0].hasSuffix("SIZE"))
            let pid = llmbox("inspect", "--format", "{{.State.Pid}}", id.line).line
            let monitor = try #require(pid_t(run(["ps", "-o", "ppid=", "-p", pid]).line.filter { $0 != " " }))
            #expect(kill(monitor, SIGKILL) == 0)
            #expect(eventually { llmbox("ps", "-a", "--format", "{{.State}}").line == "exited" })
            let status = llmbox("ps", "-a", "--format", "{{.Status}}").line
            #expect(
                status.hasPrefix("Exited (255) ") && status.hasSuffix(" ago") && !status.contains(")  "),
                "\(status)"
            )
        }
    }

    @Test("cp writes through a link at its destination, inside and outside")
    func copyOntoLink() throws {
        try withStore { llmbox, context in
            let script = "echo old > /real; ln -s /real /link; mkdir /dir; ln -s new /dir/dangling; ln -s loop /loop"
            llmbox("run", "--name", "a", "--network", "none", "base", "sh", "-c", script)
            write("new\n", to: "file", in: context)
            let file = context.appending("file").string
            #expect(llmbox("cp", file, "a:/link").status == 0)
            #expect(llmbox("cp", file, "a:/dir/dangling").status == 0)
            #expect(llmbox("cp", file, "a:/loop").status == 1)
            llmbox("commit", "a", "after")
            let shown = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "after",
                "sh",
                "-c",
                "cat /real /dir/new; readlink /link"
            )
            #expect(shown.output == "new\nnew\n/real\n", "\(shown)")
            let link = context.appending("link").string
            symlink("target", link)
            write("old\n", to: "target", in: context)
            #expect(llmbox("cp", "a:/real", link).status == 0)
            #expect(run(["cat", context.appending("target").string]).output == "new\n")
        }
    }

    @Test("mistakes come with what to do, and help is there where words are passed on")
    func words() throws {
        try withStore { llmbox, _ in
            llmbox("create", "--name", "a", "--network", "none", "base", "true")
            let stopped = llmbox("exec", "a", "true")
            #expect(
                stopped.status == 1 && stopped.errors.contains("hint: start it with `llmbox start a`"),
                "\(stopped)"
            )
            #expect(llmbox("run", "--memry", "1m", "base").errors.contains("did you mean `--memory`?"))
            #expect(llmbox("exec", "--workdr", "/", "a", "true").errors.contains("did you mean `--workdir`?"))
            for command in ["exec", "top", "run", "create"] {
                let help = llmbox(command, "--help")
                #expect(help.status == 0 && help.output.contains("USAGE: llmbox \(command)"), "\(help)")
            }
            #expect(llmbox("rm", "-l", "a").errors.contains("no links"))
        }
    }

    @Test("events of images, networks and volumes are told")
    func events() throws {
        try withStore { llmbox, _ in
            llmbox("tag", "base", "other")
            llmbox("rmi", "other")
            llmbox("volume", "create", "v")
            llmbox("volume", "rm", "v")
            llmbox("network", "create", "--internal", "events-\(getpid())")
            llmbox("network", "rm", "events-\(getpid())")
            let words = ["events", "--since", "1h", "--until", "0s", "--format", "{{.Type}} {{.Action}}"]
            let filters = ["image", "network", "volume"].flatMap { ["--filter", "type=\($0)"] }
            let told = run([LLMBoxProgram.path] + words + filters, environment: llmbox.environment).output
            let expected = "image tag\nimage untag\nvolume create\nvolume destroy\nnetwork create\nnetwork destroy\n"
            #expect(told.hasSuffix(expected), "\(told)")
        }
    }

    @Test("a detached process may have a terminal, and whoever removes what is gone with -f has got what they wanted")
    func habits() throws {
        try withStore { llmbox, _ in
            llmbox("run", "-d", "--name", "a", "--network", "none", "base", "sleep", "1000")
            #expect(
                llmbox("exec", "-dt", "a", "sh", "-c", "echo shown; test -t 1 && touch /terminal; sleep 1000").status
                    == 0
            )
            #expect(eventually { llmbox("exec", "a", "test", "-e", "/terminal").status == 0 })
            let missing = llmbox("rm", "-f", "none-such", "a")
            #expect(missing.status == 0 && missing.output == "a\n", "\(missing)")
            #expect(missing.errors.contains("no such container: none-such"))
            #expect(llmbox("rm", "none-such").status == 1)
            llmbox("run", "-d", "--name", "b", "--network", "none", "base", "sleep", "1000")
            #expect(llmbox("unpause", "b").errors.contains("is not paused"))
            #expect(llmbox("pause", "b").status == 0)
            let again = llmbox("pause", "b")
            #expect(again.status == 1 && again.errors.contains("is paused"), "\(again)")
            #expect(llmbox("unpause", "b").output == "b\n")
            #expect(llmbox("update", "b").status == 1)
            let many = llmbox("update", "--cpus", "10000", "b")
            #expect(many.status == 1 && many.errors.contains("this machine has"), "\(many)")
            let typo = llmbox("ps", "-f", "status=runing")
            #expect(typo.status == 1 && typo.errors.contains("did you mean `running`?"), "\(typo)")
        }
    }

    @Test("ps finds containers by age and ports, and inspect counts what they have written")
    func conditionsOfLists() throws {
        try withStore { llmbox, _ in
            for name in ["a", "b", "c"] {
                llmbox("create", "--name", name, "--network", "none", "base", "sh", "-c", "head -c 5000 /dev/zero > /f")
            }
            func names(_ conditions: String...) -> String {
                let words =
                    [LLMBoxProgram.path, "ps", "-a", "--format", "{{.Names}}"] + conditions.flatMap { ["-f", $0] }
                return run(words, environment: llmbox.environment).output
            }
            #expect(names("before=b") == "a\n")
            #expect(names("since=b") == "c\n")
            #expect(names("since=a", "before=c") == "b\n")
            #expect(names("publish=80") == "")
            for (pattern, expected) in [
                ("^/b$", "b\n"), ("^b$", "b\n"), ("[ab]", "b\na\n"), ("^.$", "c\nb\na\n"), ("x", ""), ("[", ""),
            ] {
                #expect(names("name=\(pattern)") == expected, "\(pattern)")
            }
            #expect(llmbox("inspect", "-f", "{{if .State.Health}}some{{else}}none{{end}}", "a").line == "none")
            let asked =
                "{{json .Config.Entrypoint}} {{with .Config.ExposedPorts}}p{{end}}{{json .HostConfig.VolumesFrom}}"
            #expect(llmbox("inspect", "-f", asked, "a").line == "null null")
            #expect(llmbox("ps", "-a", "-f", "name=a", "--format", "{{.Platform}}").line.hasPrefix("linux/"))
            llmbox("create", "--name", "v", "-v", "vol:/data", "--tmpfs", "/t", "base", "sh")
            #expect(names("volume=/data") == "v\n" && names("volume=vol") == "v\n")
            #expect(llmbox("ps", "-a", "-f", "name=v", "--format", "{{.Mounts}}").line == "vol")
            let wrong = llmbox("ps", "-f", "before=none-such")
            #expect(wrong.status == 1 && wrong.errors.contains("no such container"), "\(wrong)")
            #expect(llmbox("start", "-a", "a").status == 0)
            #expect(llmbox("inspect", "-s", "-f", "{{.SizeRw}}", "a").line == "5000")
            #expect(llmbox("container", "inspect", "--size", "-f", "{{gt .SizeRootFs 5000}}", "a").line == "true")
            #expect(!llmbox("inspect", "a").output.contains("SizeRw"))
            let none = llmbox("container", "inspect", "none-such")
            #expect(none.status == 1 && none.output == "[]\n", "\(none)")
        }
    }
}
