internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// The commands that look into containers and change them.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct ObserveTests {
    @Test("a renamed container is found by its new name only, and a name that is taken is refused")
    func rename() throws {
        try withStore { llmbox, _ in
            llmbox("create", "--name", "one", "base", "true")
            llmbox("create", "--name", "two", "base", "true")
            #expect(llmbox("rename", "one", "two").status == 1)
            #expect(llmbox("rename", "one", "bad name").status == 1)
            #expect(llmbox("rename", "one", "three").status == 0)
            #expect(llmbox("inspect", "-f", "{{.Name}}", "three").output == "/three\n")
            #expect(llmbox("inspect", "one").status == 1)
            #expect(llmbox("create", "--name", "one", "base", "true").status == 0)
        }
    }

    @Test("top shows the container's processes as the host's ps sees them, and runs nothing of the container's")
    func top() throws {
        try withStore { llmbox, _ in
            // A `ps` of the container's own must not be what is executed (CVE-2022-1227).
            let script =
                "rm /bin/ps; echo '#!/bin/sh' > /bin/ps; echo 'touch /ran' >> /bin/ps; chmod +x /bin/ps; sleep 987"
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sh", "-c", script)
            eventually { llmbox("top", "box").output.contains("sleep 987") }
            let lines = llmbox("top", "box").output.split(separator: "\n")
            #expect(lines.first?.hasPrefix("UID ") == true)
            #expect(lines.contains { $0.hasSuffix("sleep 987") })
            let chosen = llmbox("top", "box", "-o", "pid,comm").output.split(separator: "\n")
            #expect(chosen.first?.split(separator: " ") == ["PID", "COMMAND"])
            #expect(llmbox("top", "box", "-o", "comm").status == 1)
            #expect(llmbox("exec", "box", "ls", "/ran").status != 0)
            llmbox("rm", "-f", "box")
        }
    }

    @Test("diff tells what was added, changed and deleted, and not what mounts needed")
    func diff() throws {
        try withStore { llmbox, _ in
            let script =
                "echo x > /etc/new; echo y >> /etc/passwd; rm /etc/group; mkdir /made; touch /made/in; rm -r /root; mkdir /root"
            llmbox("run", "--name", "box", "--network", "none", "-v", "/volume", "base", "sh", "-c", script)
            #expect(
                llmbox("diff", "box").output
                    == "C /etc\nD /etc/group\nA /etc/new\nC /etc/passwd\nA /made\nA /made/in\nC /root\n"
            )
            llmbox("run", "--name", "clean", "--network", "none", "base", "true")
            #expect(llmbox("diff", "clean").output.isEmpty)
        }
    }

    @Test("limits that update sets hold at once and after the next start")
    func update() throws {
        try withStore { llmbox, _ in
            llmbox("run", "-d", "--name", "box", "--network", "none", "-m", "64m", "base", "sleep", "1000")
            let limits = [
                "update", "-m", "32m", "--pids-limit", "7", "--cpus", "0.5", "--restart", "on-failure:3", "box",
            ]
            let updated = run([LLMBoxProgram.path] + limits, environment: llmbox.environment)
            try #require(updated.status == 0, "\(updated)")
            let format =
                "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.RestartPolicy.Name}}"
            #expect(llmbox("inspect", "-f", format, "box").output == "33554432 7 500000000 on-failure\n")
            let forks = "for i in 1 2 3 4 5 6 7 8 9; do sleep 5 & done"
            #expect(llmbox("exec", "box", "sh", "-c", forks).errors.contains("fork"))
            #expect(
                llmbox("update", "-m", "128m", "box").status == 0,
                "raising a limit needs another order than lowering"
            )
            #expect(llmbox("stats", "--no-stream", "--format", "{{.MemUsage}}", "box").output.hasSuffix("/ 128MiB\n"))
            llmbox("rm", "-f", "box")
        }
    }

    @Test("stats counts memory, processes and processor time, and shows stopped containers with -a")
    func stats() throws {
        try withStore { llmbox, _ in
            llmbox("run", "-d", "--name", "busy", "--network", "none", "base", "sh", "-c", "while true; do :; done")
            llmbox("create", "--name", "idle", "base", "true")
            let rows = llmbox("stats", "--no-stream", "-a", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}}").output
                .split(separator: "\n").map { $0.split(separator: " ") }
            try #require(rows.map(\.first) == ["busy", "idle"])
            #expect((Double(rows[0][1].dropLast()) ?? 0) > 1)
            #expect(rows[0][2] == "1")
            #expect(rows[1][1...] == ["0.00%", "0"])
            let table = llmbox("stats", "--no-stream").output
            #expect(table.hasPrefix("CONTAINER ID   NAME      CPU %"))
            llmbox("rm", "-f", "busy")
        }
    }

    @Test("events tell a container's life in order, and filters choose from it")
    func events() throws {
        try withStore { llmbox, _ in
            llmbox("run", "--rm", "--name", "box", "--network", "none", "--label", "a=b", "base", "sh", "-c", "exit 3")
            func actions(_ filters: String...) -> String {
                let words = ["events", "--since", "1h", "--until", "0s", "--format", "{{.Action}}"]
                return run(
                    [LLMBoxProgram.path] + words + filters.flatMap { ["--filter", $0] },
                    environment: llmbox.environment
                ).output
            }
            #expect(actions() == "create\nstart\ndie\ndestroy\n")
            #expect(actions("event=die", "event=start", "container=box", "label=a=b") == "start\ndie\n")
            #expect(actions("container=other") == "")
            let die = llmbox("events", "--since", "1h", "--until", "0s", "--filter", "event=die").output
            #expect(die.contains("(a=b, exitCode=3, image=base, name=box)"))
            // A line that a crash cut short hides nothing behind it.
            let log = llmbox.root.appending("events").appending("events.log").string
            #expect(run(["sh", "-c", "printf '{\"cut' >> \(log); echo >> \(log)"]).status == 0)
            llmbox("create", "--name", "next", "base", "true")
            #expect(actions().hasSuffix("destroy\ncreate\n"))
        }
    }

    @Test("an unhealthy container is started again where --health-on-failure says so")
    func health() throws {
        try withStore { llmbox, _ in
            let arguments = [
                "run", "-d", "--name", "box", "--network", "none", "--health-cmd", "test ! -e /bad",
                "--health-interval",
                "0.2s", "--health-retries", "1", "--health-on-failure", "restart", "--stop-timeout", "0", "base",
                "sleep",
                "1000",
            ]
            #expect(run([LLMBoxProgram.path] + arguments, environment: llmbox.environment).status == 0)
            #expect(llmbox("healthcheck", "run", "box").status == 0)
            llmbox("exec", "box", "touch", "/bad")
            var count = ""
            eventually {
                count = llmbox("inspect", "-f", "{{.RestartCount}}", "box").line
                return !count.isEmpty && count != "0"
            }
            #expect((Int(count) ?? 0) >= 1)
            llmbox("rm", "-f", "box")
            #expect(llmbox("run", "--health-cmd", "x", "--health-on-failure", "pray", "base", "true").status == 125)
        }
    }

    @Test("inspect shows user, command and entry point as they were given")
    func inspect() throws {
        try withStore { llmbox, _ in
            llmbox(
                "create",
                "--name",
                "box",
                "-u",
                "app",
                "--entrypoint",
                "sh",
                "--log-opt",
                "max-size=1m",
                "base",
                "-c",
                "x"
            )
            let format =
                "{{.Config.User}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Path}} {{json .HostConfig.LogConfig}}"
            #expect(
                llmbox("inspect", "-f", format, "box").output
                    == "app [\"-c\",\"x\"] [\"sh\"] sh {\"Config\":{\"max-size\":\"1048576\"},\"Type\":\"json-file\"}\n"
            )
        }
    }

    @Test("options are taken in all the forms that docker takes, and exec gives another user another home")
    func forms() throws {
        try withStore { llmbox, _ in
            let base = ["run", "--rm=true", "--network=none", "-i=false", "-eA=1", "-e=B=2", "--init=0", "base"]
            let result = run(
                [LLMBoxProgram.path] + base + ["sh", "-c", "echo $A $B $0", "-eC=3"],
                environment: llmbox.environment
            )
            #expect(result.output == "1 2 -eC=3\n", "\(result)")
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sleep", "1000")
            #expect(llmbox("exec", "-u", "app", "box", "sh", "-c", "echo $HOME").output == "/home/app\n")
            #expect(llmbox("exec", "-uapp", "-eHOME=/x", "box", "sh", "-c", "echo $HOME").output == "/x\n")
            llmbox("rm", "-f", "box")
        }
    }
}
