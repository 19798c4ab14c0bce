internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

extension LLMBoxProgram {
    /// Runs a shell script in a container without a network, which is gone afterwards.
    func inside(_ options: [String], _ script: String) -> CommandResult {
        let words = ["run", "--rm", "--network", "none"] + options + ["base", "sh", "-c", script]
        return run([Self.path] + words, environment: environment)
    }

    /// The names of the volumes.
    var volumeNames: [String] { self("volume", "ls", "-q").output.split(separator: "\n").map(String.init) }

    /// The directory of a volume.
    func volumePath(_ name: String) -> String { "\(root)/volumes/\(name)/_data" }

    /// What is mounted below the store.
    var mountedPlaces: [String] {
        run(["cat", "/proc/self/mountinfo"]).output.split(separator: "\n")
            .compactMap { $0.split(separator: " ").dropFirst(4).first.map(String.init) }
            .filter { $0.hasPrefix("\(root)/volumes/") }
    }
}

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct VolumeTests {
    @Test("volumes are made, listed by condition, shown and removed as docker does it")
    func commands() throws {
        try withStore { llmbox, _ in
            #expect(llmbox("volume", "create", "--label", "a=b", "--label", "c", "one").output == "one\n")
            #expect(llmbox("volume", "create", "one").output == "one\n", "one that is there is no error")
            #expect(llmbox("volume", "create", "--name", "two", "-d", "local").output == "two\n")
            #expect(llmbox("volume", "create").line.utf8.count == 64)
            #expect(llmbox("volume", "ls", "-q", "-f", "label=a=b").output == "one\n")
            #expect(llmbox("volume", "ls", "-q", "-f", "label=a=x").output == "")
            #expect(llmbox("volume", "ls", "-q", "-f", "name=tw", "-f", "driver=local").output == "two\n")
            let row = llmbox("volume", "ls", "-f", "label=c", "--format", "{{.Name}} {{.Labels}} {{.Label \"a\"}}")
            #expect(row.output == "one a=b,c= b\n")
            #expect(llmbox("volume", "inspect", "-f", "{{.Mountpoint}}", "one").line == llmbox.volumePath("one"))
            let missing = llmbox("volume", "inspect", "nope", "two")
            #expect(missing.status == 1 && missing.output.contains("\"Name\": \"two\""), "\(missing)")

            llmbox("create", "--name", "user", "--network", "none", "-v", "one:/v", "base", "true")
            #expect(llmbox("volume", "ls", "-q", "-f", "dangling=false").output == "one\n")
            let refused = llmbox("volume", "rm", "one", "two")
            #expect(refused.status == 1 && refused.output == "two\n" && refused.errors.contains("user"), "\(refused)")
            #expect(llmbox("volume", "rm", "two").status == 1)
            #expect(llmbox("volume", "rm", "-f", "two").status == 0)
            for words in [["-d", "nfs", "x"], ["-o", "foo=1", "x"], ["-o", "type=tmpfs", "x"], ["../x"]] {
                let result = run([LLMBoxProgram.path, "volume", "create"] + words, environment: llmbox.environment)
                #expect(result.status == 1 && result.errors.hasPrefix("error: cannot "), "\(words) \(result)")
            }
            #expect(llmbox("volume", "ls", "-f", "size=1").status == 1)
        }
    }

    @Test("a volume without a name goes with --rm and with rm -v of its last container, and stays otherwise")
    func anonymous() throws {
        try withStore { llmbox, _ in
            #expect(llmbox.inside(["-v", "/v"], "touch /v/x").status == 0)
            #expect(llmbox.volumeNames == [])
            llmbox("create", "--name", "first", "--network", "none", "-v", "/v", "-v", "named:/n", "base", "true")
            llmbox("create", "--name", "second", "--network", "none", "--volumes-from", "first", "base", "true")
            #expect(llmbox("rm", "-v", "first").status == 0)
            #expect(llmbox.volumeNames.count == 2, "the second container has it still")
            #expect(llmbox("rm", "-v", "second").status == 0)
            #expect(llmbox.volumeNames == ["named"])
            llmbox("create", "--name", "third", "--network", "none", "-v", "/v", "base", "true")
            #expect(llmbox("rm", "third").status == 0)
            #expect(llmbox.volumeNames.count == 2)
            #expect(llmbox("volume", "prune", "-f").output.hasPrefix("Deleted Volumes:\n"))
            #expect(llmbox.volumeNames == ["named"])
        }
    }

    @Test("--volumes-from gives the other container's volumes and directories, with its mode or the one asked for")
    func volumesFrom() throws {
        try withStore { llmbox, context in
            write("of the host\n", to: "file", in: context)
            llmbox(
                "create",
                "--name",
                "one",
                "--network",
                "none",
                "-v",
                "named:/named",
                "-v",
                "\(context):/host:ro",
                "-v",
                "/anonymous",
                "--tmpfs",
                "/memory",
                "base",
                "true"
            )
            let plain = llmbox.inside(
                ["--volumes-from", "one"],
                "echo a > /named/a; echo b > /anonymous/b; touch /host/x 2>/dev/null || cat /host/file; ls -d /memory"
            )
            #expect(plain.output == "of the host\n", "\(plain)")
            let script = "cat /named/a /anonymous/b; touch /named/x 2>/dev/null || echo refused"
            #expect(llmbox.inside(["--volumes-from", "one:ro"], script).output == "a\nb\nrefused\n")
            let own = llmbox.inside(["--volumes-from", "one:rw", "-v", "other:/named"], "ls /named; touch /host/new")
            #expect(own.output == "" && own.status == 0, "a mount of one's own takes the place: \(own)")
            for text in ["one:xx", "one:ro,rw", ":ro", "nobody"] {
                #expect(llmbox.inside(["--volumes-from", text], "true").status == 125, "\(text)")
            }
        }
    }

    @Test("a volume of another file system is mounted by its first container and unmounted after its last")
    func filesystems() throws {
        try withStore { llmbox, context in
            write("below\n", to: "file", in: context)
            let options = ["-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m,uid=1000,nodev"]
            _ = run([LLMBoxProgram.path, "volume", "create"] + options + ["memory"], environment: llmbox.environment)
            llmbox("volume", "create", "-o", "type=none", "-o", "o=bind,ro", "-o", "device=\(context)", "bound")
            #expect(llmbox("volume", "inspect", "-f", "{{.Options.type}}", "memory").line == "tmpfs")
            #expect(llmbox("volume", "create", "-o", "type=tmpfs", "-o", "device=x", "bound").status == 1)
            let seen = llmbox.inside(
                ["-v", "memory:/m", "-v", "bound:/b"],
                "stat -c %u /m; df /m | tail -1 | tr -s ' ' | cut -d' ' -f2; cat /b/file; touch /b/x || echo refused"
            )
            #expect(seen.output == "1000\n1024\nbelow\nrefused\n", "\(seen)")
            #expect(llmbox.mountedPlaces == [])

            let started = llmbox(
                "run",
                "-d",
                "--name",
                "holder",
                "--network",
                "none",
                "-v",
                "memory:/m",
                "base",
                "sleep",
                "1000"
            )
            try #require(started.status == 0, "\(started)")
            #expect(llmbox.inside(["-v", "memory:/m"], "echo shared > /m/x").status == 0)
            #expect(llmbox("exec", "holder", "cat", "/m/x").output == "shared\n")
            #expect(llmbox.mountedPlaces == [llmbox.volumePath("memory")])
            #expect(llmbox("volume", "rm", "memory").errors.contains("holder"))
            #expect(llmbox("rm", "-f", "holder").status == 0)
            #expect(llmbox.mountedPlaces == [])
            #expect(llmbox("volume", "rm", "memory", "bound").status == 0)
            #expect(access(context.appending("file").string, F_OK) == 0, "what was mounted stays")
        }
    }

    @Test("after kill -9 of who looks after a container its volume's file system is unmounted by the next who looks")
    func killed() throws {
        try withStore { llmbox, _ in
            llmbox("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "memory")
            for policy in [["--name", "kept"], ["--rm", "--name", "gone"]] {
                let words = ["run", "-d", "--network", "none", "-v", "memory:/m", "-v", "/anonymous"] + policy
                let started = run(
                    [LLMBoxProgram.path] + words + ["base", "sleep", "1000"],
                    environment: llmbox.environment
                )
                try #require(started.status == 0, "\(started)")
                let state = run(["cat", "\(llmbox.root)/containers/\(started.line)/state.json"]).output
                let supervisor = state.split(separator: "\"supervisor\":{\"pid\":").last?.prefix { $0.isNumber }
                let monitor = try #require(supervisor.flatMap { pid_t($0) })
                kill(monitor, SIGKILL)
                #expect(eventually { kill(monitor, 0) != 0 })
                #expect(llmbox.mountedPlaces == [llmbox.volumePath("memory")])
                if policy[0] == "--rm" {
                    #expect(llmbox("volume", "rm", "memory").status == 0, "nobody else uses it")
                    #expect(llmbox.volumeNames == [], "the one without a name went with its container")
                } else {
                    #expect(llmbox("volume", "rm", "memory").errors.contains("kept"))
                    #expect(llmbox("rm", "-fv", "kept").status == 0)
                }
                #expect(llmbox.mountedPlaces == [])
            }
        }
    }

    @Test("what a volume's device cannot be is said before the container starts")
    func badDevices() throws {
        try withStore { llmbox, context in
            let bad = [
                ["-o", "type=none", "-o", "o=bind", "-o", "device=\(context)/nothing"],
                ["-o", "type=nosuchfs", "-o", "device=none"],
                ["-o", "type=tmpfs", "-o", "device=none", "-o", "o=size=nonsense"],
            ]
            for (index, words) in bad.enumerated() {
                _ = run(
                    [LLMBoxProgram.path, "volume", "create"] + words + ["v\(index)"],
                    environment: llmbox.environment
                )
                let result = llmbox.inside(["-v", "v\(index):/v"], "echo started")
                #expect(result.status == 125 && result.output == "", "\(result)")
                #expect(result.errors.contains("for volume `v\(index)`"), "\(result)")
                #expect(llmbox("volume", "rm", "v\(index)").status == 0)
            }
            #expect(llmbox("ps", "-aq").output == "")
        }
    }

    @Test("a size is kept where the file system of the store counts by project, and refused with words elsewhere")
    func quota() throws {
        try withStore { llmbox, _ in
            let made = llmbox("volume", "create", "-o", "size=2m", "small")
            guard made.status == 0 else {
                #expect(made.errors.contains("prjquota"), "\(made)")
                #expect(llmbox.volumeNames == [])
                return
            }
            let full = llmbox.inside(["-v", "small:/v"], "dd if=/dev/zero of=/v/x bs=1M count=8")
            #expect(full.status != 0, "\(full)")
        }
    }
}
