internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// What scripts that were written for docker and podman rely on.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct ScriptHabitTests {
    private static let box = ["run", "-d", "--name", "box", "--network", "none"]

    private func call(_ llmbox: LLMBoxProgram, _ words: [String]) -> CommandResult {
        run([LLMBoxProgram.path] + words, environment: llmbox.environment)
    }

    @Test(
        "a wrong option has docker's status 125, a wrong number of arguments and an unknown command 1",
        arguments: [
            ("run", 1), ("create", 1), ("exec", 1), ("exec x", 1), ("rm", 1), ("stop", 1), ("logs", 1), ("top", 1),
            ("ps foo", 1), ("cp a", 1), ("rename a", 1), ("update x", 1), ("start -a x y", 1), ("nosuchcommand", 1),
            ("container foo", 1), ("image lss", 1), ("volume foo", 1),
            ("run --nosuch x", 125), ("ps --nosuch", 125), ("run --name", 125), ("stop -t x y", 125), ("stop -t", 125),
            ("ps -Z", 125), ("run --help", 0), ("container", 0), ("image ls --help", 0), ("help run", 0),
        ]
    )
    func statuses(line: String, status: Int) {
        let words = line.split(separator: " ").map(String.init)
        let result = run([LLMBoxProgram.path] + words, environment: ["LLMBOX_ROOT": "/nonexistent/store"])
        #expect(result.status == Int32(status), "\(line): \(result)")
        #expect(status == 0 || result.output.isEmpty && result.errors.hasPrefix("error: "), "\(line): \(result)")
        if line == "image lss" { #expect(result.errors.contains("did you mean `llmbox image ls`?"), "\(result)") }
    }

    @Test("containers are replaced, asked for and renamed as scripts do it")
    func names() throws {
        try withStore { llmbox, _ in
            #expect(call(llmbox, Self.box + ["base", "sleep", "1000"]).status == 0)
            let first = llmbox("ps", "-q").line
            #expect(call(llmbox, Self.box + ["base", "sleep", "1000"]).status == 125)
            let replaced = call(llmbox, Self.box + ["--replace", "base", "sleep", "1000"])
            #expect(replaced.status == 0, "\(replaced)")
            #expect(llmbox("ps", "-aq").line != first)
            for (words, status) in [
                ("container exists box", 0), ("container exists none-such", 1), ("volume exists none-such", 1),
                ("network exists bridge", 0), ("network exists none-such", 1), ("image exists base", 0),
            ] {
                let result = call(llmbox, words.split(separator: " ").map(String.init))
                #expect(result.status == Int32(status) && result.output.isEmpty, "\(words): \(result)")
            }
            let same = llmbox("rename", "box", "box")
            #expect(same.status == 1 && same.errors.contains("that is its name"), "\(same)")
            #expect(llmbox("stats", "--no-stream", "--format", "{{.Container}}", "box").line == "box")
            #expect(call(llmbox, ["create", "--name", "mute", "--log-driver", "none", "base", "true"]).status == 0)
            let mute = llmbox("logs", "mute")
            #expect(mute.status == 1 && mute.errors.contains("--log-driver none"), "\(mute)")
            let onto = call(llmbox, ["run", "--rm", "--network", "none", "-v", "/etc/passwd:/tmp", "base", "true"])
            #expect(onto.status == 125 && onto.errors.contains("a file is mounted at a file"), "\(onto)")
            // An empty name is none, as `--name "$NAME"` makes it.
            #expect(call(llmbox, ["create", "--name", "", "base", "true"]).status == 0)
            let noTerminal = call(llmbox, ["run", "--rm", "-it", "base", "true"])
            #expect(noTerminal.status == 1 && noTerminal.errors.contains("not a TTY"), "\(noTerminal)")
            for (words, status) in [("exec -u nosuch box true", 126), ("exec -w /nosuch box true", 126)] {
                let result = call(llmbox, words.split(separator: " ").map(String.init))
                #expect(result.status == Int32(status), "\(words): \(result)")
            }
            for command in ["pause", "start", "stop", "attach"] {
                let missing = llmbox(command, "none-such")
                #expect(missing.status == 1 && missing.errors.contains("no such container"), "\(missing)")
            }
            #expect(llmbox("start", "-a", "none-such").status == 1)
            let made = call(llmbox, ["create", "-a", "stdout", "base", "true"])
            let format = "{{.Config.AttachStdin}} {{.Config.AttachStdout}} {{.Config.AttachStderr}}"
            #expect(llmbox("inspect", "-f", format, made.line).line == "false true false")
        }
    }

    @Test("inspect shows what was said, and the container knows that it is one, which is no change of its own")
    func settings() throws {
        try withStore { llmbox, _ in
            let options = ["--label", "a=b", "-e", "MINE=1", "--health-cmd", "true", "--expose", "80-81"]
            #expect(call(llmbox, Self.box + options + ["base", "sleep", "1000"]).status == 0)
            let format =
                "{{.Config.Labels.a}} {{.Config.Labels.none}} {{.Config.Healthcheck.Test}} {{.Config.AttachStdout}}"
            #expect(llmbox("inspect", "-f", format, "box").line == "b <no value> [CMD-SHELL true] false")
            let variables = llmbox("inspect", "-f", "{{json .Config.Env}}", "box").line
            #expect(variables.contains("MINE=1") && !variables.contains("HOSTNAME="), "\(variables)")
            #expect(llmbox("exec", "box", "env").output.contains("HOSTNAME="))
            #expect(llmbox("exec", "box", "test", "-e", "/.dockerenv").status == 0)
            #expect(llmbox("diff", "box").output == "")
            let made = llmbox("commit", "box", "copy")
            #expect(made.status == 0, "\(made)")
            #expect(llmbox("inspect", "-f", "{{len .RootFS.Layers}}", "copy").line == "1")
            for (condition, found) in [
                ("expose=80", true), ("expose=81/tcp", true), ("expose=82", false), ("is-task=true", false),
            ] {
                #expect(llmbox("ps", "-q", "-f", condition).output.isEmpty != found, "\(condition)")
            }
            #expect(llmbox("ps", "-af", "exited=x").status == 1)
        }
    }

    @Test("a filter by image finds the containers of images that were built on it")
    func ancestors() throws {
        try withStore { llmbox, context in
            write("FROM base\nCOPY Dockerfile /d\n", to: "Dockerfile", in: context)
            #expect(llmbox("build", "-q", "-t", "derived", context.string).status == 0)
            for image in ["base", "derived"] {
                #expect(llmbox("create", "--name", "of-\(image)", image, "true").status == 0)
            }
            func names(_ image: String) -> String {
                llmbox("ps", "-a", "-f", "ancestor=\(image)", "--format", "{{.Names}}").output
            }
            #expect(names("base") == "of-derived\nof-base\n")
            #expect(names("derived") == "of-derived\n")
            #expect(names("none-such") == "")
        }
    }

    @Test("the root of a running container is copied without what the kernel shows in it")
    func wholeRoot() throws {
        try withStore { llmbox, context in
            #expect(call(llmbox, Self.box + ["base", "sleep", "1000"]).status == 0)
            let out = context.appending("out").string
            let copied = llmbox("cp", "box:/", out)
            #expect(copied.status == 0, "\(copied)")
            let script =
                "cd $0 && ls -A proc sys dev | grep -v '^$' && test -x bin/busybox && test -e etc/hosts && echo whole"
            #expect(run(["sh", "-c", script, out]).output == "dev:\nproc:\nsys:\nwhole\n")
            let stream = "\(LLMBoxProgram.path) cp box:/ - | tar -t | grep -cE '^(proc|sys|dev)/.|^bin/busybox$'"
            #expect(run(["sh", "-c", stream], environment: llmbox.environment).line == "1")
            #expect(llmbox("cp", "box:/proc/version", context.appending("version").string).status == 0)
        }
    }

    @Test("the third signal to end ends a container in the foreground that ignores them")
    func impatience() throws {
        try withStore { llmbox, context in
            let script = """
                "$0" run --rm --name box --network none base sh -c 'trap : TERM; echo up; while true; do sleep 0.1; done' \
                > $1/out 2> $1/err & pid=$!
                until grep -q up $1/out; do sleep 0.05; done
                for i in $(seq 900); do kill -TERM $pid 2> /dev/null || break; sleep 0.1; done
                wait $pid; echo $?; cat $1/err
                """
            let words = ["bash", "-c", script, LLMBoxProgram.path, context.string]
            let result = run(words, environment: llmbox.environment, limit: 300)
            #expect(result.output.hasPrefix("137\n") && result.output.contains("three signals"), "\(result)")
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("a foreground run that ctrl-Z has stopped can be ended from elsewhere")
    func suspended() throws {
        try withStore { llmbox, context in
            let script = """
                "$0" run --name box --network none base sh -c 'echo up; sleep 1000' > $1/out & pid=$!
                until grep -q up $1/out; do sleep 0.05; done
                kill -STOP $pid; until grep -q '^State:.T' /proc/$pid/status; do sleep 0.05; done
                "$0" stop -t 0 box; echo $?; wait $pid; echo $?
                """
            let words = ["bash", "-c", script, LLMBoxProgram.path, context.string]
            #expect(run(words, environment: llmbox.environment, limit: 300).output == "box\n0\n137\n")
            #expect(llmbox("ps", "-a", "--format", "{{.State}}").line == "exited")
        }
    }
}
