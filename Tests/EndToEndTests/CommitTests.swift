internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "the containers of this test need root"))
struct CommitTests {
    private static let script = """
        echo new > /f; ln /f /tmp/second; rm /etc/passwd; mkdir /d; echo v > /vol/x; chmod 4755 /bin/busybox
        """

    @Test("a commit has what the container changed and what it ran, and nothing of its mounts")
    func commit() throws {
        try withStore { llmbox, context in
            let words = ["--name", "c", "--network", "none", "-v", "/vol", "-e", "X=1", "-w", "/tmp", "-l", "a=b"]
            let ran = run(
                [LLMBoxProgram.path, "run"] + words + ["base", "sh", "-c", Self.script],
                environment: llmbox.environment
            )
            #expect(ran.status == 0, "\(ran.errors)")
            let made = llmbox(
                "commit",
                "-a",
                "Ada",
                "-m",
                "note",
                "-c",
                #"CMD ["cat","/f"]"#,
                "-c",
                "LABEL k=v",
                "c",
                "i"
            )
            #expect(made.status == 0 && made.line.hasPrefix("sha256:"), "\(made)")
            #expect(llmbox("run", "--rm", "--network", "none", "i").line == "new")
            let config = llmbox("inspect", "-f", "{{json .Config}}", "i").output
            for part in [#""X=1""#, #""/vol":{}"#, #""WorkingDir":"/tmp""#, #""a":"b""#, #""k":"v""#] {
                #expect(config.contains(part), "\(part) is not in \(config)")
            }
            let history = llmbox("history", "--format", "{{.CreatedBy}}|{{.Comment}}", "--no-trunc", "i").output
            #expect(history.hasPrefix("sh -c echo new"), "\(history)")
            #expect(history.split(separator: "\n").first?.hasSuffix("|note") == true, "\(history)")
            #expect(llmbox("inspect", "-f", "{{.Author}}", "i").line == "Ada")

            let archive = context.appending("i.tar").string
            #expect(llmbox("save", "--format", "docker-dir", "-o", archive, "i").status == 0)
            let layer = run(["sh", "-c", "cd \(archive) && tar tf $(tr , '\\n' < manifest.json | \(Self.lastDigest))"])
            let names = Set(layer.output.split(separator: "\n").map(String.init))
            #expect(names == ["bin/", "bin/busybox", "d/", "etc/", "etc/.wh.passwd", "f", "tmp/", "tmp/second"])
        }
    }

    private static let lastDigest = "grep -o 'sha256:[0-9a-f]*' | tail -1 | cut -d: -f2"

    @Test("a running container is frozen for the moment of its commit, and runs on")
    func running() throws {
        try withStore { llmbox, _ in
            let started = llmbox(
                "run",
                "-d",
                "--name",
                "c",
                "--network",
                "none",
                "base",
                "sh",
                "-c",
                "echo 1 > /f; sleep 99"
            )
            try #require(started.status == 0, "\(started.errors)")
            for words in [["c", "first"], ["-p=false", "c", "second"], ["--pause=true", "c", "third"], ["-p", "c"]] {
                let made = run([LLMBoxProgram.path, "commit"] + words, environment: llmbox.environment)
                #expect(made.status == 0, "\(words): \(made.errors)")
            }
            #expect(llmbox("inspect", "-f", "{{.State.Status}}", "c").line == "running")
            #expect(llmbox("system", "check").status == 0)
            let bad = llmbox("commit", "-c", "RUN true", "c", "x")
            #expect(bad.status == 1 && bad.errors.contains("RUN true"), "\(bad)")
            let missing = llmbox("commit", "nothing")
            #expect(missing.status == 1 && missing.output.isEmpty && missing.errors.contains("nothing"))
        }
    }

    @Test("what was exported is the container's tree, and comes back as an image")
    func export() throws {
        try withStore { llmbox, context in
            let words = ["run", "--name", "c", "--network", "none", "-v", "/vol", "base", "sh", "-c", Self.script]
            let ran = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
            try #require(ran.status == 0, "\(ran.errors)")
            let archive = context.appending("c.tar").string
            #expect(llmbox("export", "-o", archive, "c").status == 0)
            let listed = run(["tar", "tvf", archive]).output
            #expect(listed.contains("-rwsr-xr-x"), "the set-user bit is lost:\n\(listed)")
            let names = run(["tar", "tf", archive]).output.split(separator: "\n")
            #expect(names.contains("f") && names.contains("vol/") && !names.contains("vol/x"))
            #expect(!names.contains("etc/passwd"))
            let piped = run(
                ["sh", "-c", "\(LLMBoxProgram.path) export c | \(LLMBoxProgram.path) import -c 'CMD cat /f' - back"],
                environment: llmbox.environment
            )
            #expect(piped.status == 0, "\(piped.errors)")
            #expect(llmbox("run", "--rm", "--network", "none", "back").line == "new")
            // One that never ran has its image's files.
            #expect(llmbox("create", "--name", "never", "base", "true").status == 0)
            let never = run(
                ["sh", "-c", "\(LLMBoxProgram.path) export never | tar tf - | grep -c bin/busybox"],
                environment: llmbox.environment
            )
            #expect(never.line == "1", "\(never.errors)")
        }
    }
}
