internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct ContainerCopyTests {
    @Test("paths mean what they mean to docker, in running and in stopped containers", arguments: [true, false])
    func rules(isRunning: Bool) throws {
        try withStore { llmbox, host in
            llmbox("create", "--name", "box", "--network", "none", "-v", "/volume", "base", "sleep", "1000")
            llmbox("start", "box")
            llmbox(
                "exec",
                "box",
                "sh",
                "-c",
                "mkdir -p /src/sub /dst; echo one > /src/a; echo two > /src/sub/b; ln -s a /src/l; touch /file"
            )
            if !isRunning { llmbox("stop", "-t", "0", "box") }
            func cp(_ words: String...) -> Int32 {
                let result = run([LLMBoxProgram.path, "cp"] + words, environment: llmbox.environment)
                return result.status
            }
            let out = host.string
            // A directory to where nothing is, into a directory, and its content only.
            #expect(cp("box:/src", out + "/new") == 0)
            #expect(cp("box:/src", out) == 0)
            mkdir(out + "/flat", 0o755)
            #expect(cp("box:/src/.", out + "/flat") == 0)
            for place in ["new", "src", "flat"] {
                #expect(run(["cat", "\(out)/\(place)/a", "\(out)/\(place)/sub/b"]).output == "one\ntwo\n", "\(place)")
                #expect(run(["readlink", "\(out)/\(place)/l"]).output == "a\n")
            }
            // Files: to a name, into a directory, over a file; links as such, and with -L what they lead to.
            #expect(cp("box:/src/a", out + "/named") == 0)
            #expect(cp("box:/src/l", out + "/link") == 0)
            #expect(cp("-L", "box:/src/l", out + "/followed") == 0)
            #expect(run(["sh", "-c", "cd \(out) && cat named followed && readlink link"]).output == "one\none\na\n")
            // What docker refuses.
            #expect(cp("box:/src/a", out + "/missing/") == 1)
            #expect(cp("box:/src/a", out + "/missing/name") == 1)
            #expect(cp("box:/src", out + "/named") == 1)
            #expect(cp("box:/nothing", out) == 1)
            #expect(cp(out + "/named", out + "/other") == 1)
            // In: to the root, into a volume, and to another container.
            #expect(cp(out + "/named", "box:/dst") == 0)
            #expect(cp(out + "/src", "box:volume/") == 0)
            llmbox("create", "--name", "second", "--network", "none", "base", "true")
            #expect(cp("box:/dst/named", "second:/tmp/again") == 0)
            #expect(cp("second:/tmp/again", out + "/again") == 0)
            if !isRunning { llmbox("start", "box") }
            #expect(llmbox("exec", "box", "cat", "/dst/named", "/volume/src/sub/b").output == "one\ntwo\n")
            #expect(run(["cat", out + "/again"]).output == "one\n")
            llmbox("rm", "-f", "-v", "box")
        }
    }

    @Test("owners are the copier's unless -a keeps them, and nobody gains rights on the host")
    func owners() throws {
        try withStore { llmbox, host in
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sleep", "1000")
            llmbox(
                "exec",
                "box",
                "sh",
                "-c",
                "echo x > /f; chown 1000:1000 /f; chmod 4755 /f; mkfifo /d; mkdir /t; mkfifo /t/p"
            )
            let out = host.string
            llmbox("cp", "box:/f", out + "/plain")
            llmbox("cp", "-a", "box:/f", out + "/kept")
            #expect(
                run(["stat", "-c", "%u:%g %a", out + "/plain", out + "/kept"]).output == "0:0 755\n1000:1000 4755\n"
            )
            let pipes = llmbox("cp", "box:/t", out)
            #expect(pipes.status == 0 && pipes.errors.contains("left out"))
            chown(out + "/plain", 1000, 1000)
            llmbox("cp", out + "/plain", "box:/in")
            #expect(llmbox("exec", "box", "stat", "-c", "%u:%g", "/in").output == "0:0\n")
            llmbox("rm", "-f", "box")
        }
    }

    @Test("a tar stream goes in and out")
    func streams() throws {
        try withStore { llmbox, host in
            llmbox("create", "--name", "box", "--network", "none", "base", "true")
            write("content\n", to: "file", in: host)
            let pipe =
                "tar -C \(host) -c file | $0 cp - box:/tmp && $0 cp box:/tmp - | tar -t | sort && $0 cp box:/tmp/file - | tar -xO"
            let result = run(["bash", "-c", pipe, LLMBoxProgram.path], environment: llmbox.environment)
            #expect(result.output == "tmp/\ntmp/file\ncontent\n", "\(result)")
        }
    }

    @Test(
        "no link of a container's leads the copier out of it (CVE-2018-15664, CVE-2019-14271)",
        arguments: [true, false]
    )
    func escapes(isRunning: Bool) throws {
        try withStore { llmbox, host in
            let canary = host.appending("canary").string
            mkdir(canary, 0o755)
            write("secret\n", to: "secret", in: FilePath(canary))
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sleep", "1000")
            let links = """
                ln -s \(canary) /out; ln -s ../../../../../../..\(canary) /up; ln -s \(canary)/secret /one; mkdir /d
                ln -s \(canary)/new /d/file; ln -s \(canary) /d/src
                """
            llmbox("exec", "box", "sh", "-c", links)
            if !isRunning { llmbox("stop", "-t", "0", "box") }
            let out = host.appending("out").string
            for path in ["/out/secret", "/up/secret", "/out/."] {
                #expect(llmbox("cp", "box:" + path, out).status == 1)
            }
            #expect(llmbox("cp", "-L", "box:/one", out).status == 1)
            write("mine\n", to: "file", in: host)
            _ = llmbox("cp", host.string + "/file", "box:/out/file")
            _ = llmbox("cp", host.string + "/file", "box:/d")
            _ = llmbox("cp", host.string + "/file", "box:/d/file")
            let archive =
                "mkdir -p \(host)/s/src && cp \(host)/file \(host)/s/src && tar -C \(host)/s -c src | $0 cp - box:/d"
            _ = run(["bash", "-c", archive, LLMBoxProgram.path], environment: llmbox.environment)
            #expect(run(["ls", canary]).output == "secret\n")
            #expect(run(["cat", canary + "/secret"]).output == "secret\n")
            #expect(access(out, F_OK) != 0)
            llmbox("rm", "-f", "box")
        }
    }

    @Test("a container that swaps a directory for a link all the time is not a way out", .timeLimit(.minutes(15)))
    func race() throws {
        try withStore { llmbox, host in
            let canary = host.appending("canary").string
            mkdir(canary, 0o755)
            write("secret\n", to: "secret", in: FilePath(canary))
            let swap = "mkdir /d; ln -s \(canary) /l; while true; do mv /d /x; mv /l /d; mv /d /l; mv /x /d; done"
            llmbox("run", "-d", "--name", "box", "--network", "none", "base", "sh", "-c", swap)
            write("mine\n", to: "file", in: host)
            for _ in 0..<25 {
                _ = llmbox("cp", host.string + "/file", "box:/d/")
                _ = llmbox("cp", "box:/d/secret", host.string + "/stolen")
            }
            #expect(run(["ls", canary]).output == "secret\n")
            #expect(access(host.string + "/stolen", F_OK) != 0)
            llmbox("rm", "-f", "box")
        }
    }
}
