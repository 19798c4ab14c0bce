internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Every option of every type of `RUN --mount`, on a real kernel.
@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct RunMountTests {
    /// The options of a mount, what the step does, and what it must have said.
    struct Row: Sendable {
        var options: String
        var command: String
        var expected: String
        var user = ""
        var line: Int = #line
    }

    static let rows = [
        // bind: the context without what is excluded, a stage, an image; read-only, or with writes that vanish.
        Row(options: "target=/m", command: "ls /m", expected: "Dockerfile\nfile\nsub\n"),
        Row(options: "type=bind,dst=/m,src=sub", command: "ls -a /m | tail -n +3", expected: "inner\n"),
        Row(options: "destination=/m,source=/file", command: "cat /m", expected: "context\n"),
        Row(options: "target=/m", command: "echo x > /m/file || echo ro", expected: "ro\n"),
        Row(options: "target=/m,ro", command: "rm /m/file || echo ro", expected: "ro\n"),
        Row(options: "target=/m,rw", command: "echo x > /m/file; rm -r /m/sub; ls /m", expected: "Dockerfile\nfile\n"),
        Row(options: "target=/m,readwrite", command: "cat /m/file", expected: "context\n"),
        Row(options: "target=/m,readonly=false", command: "echo y >> /m/file; cat /m/file", expected: "context\ny\n"),
        Row(options: "target=/m,from=made", command: "cat /m/data/f", expected: "made\n"),
        Row(options: "target=/m,from=made,source=data", command: "touch /m/g || ls /m", expected: "f\n"),
        Row(options: "target=/m,from=made,source=data,rw", command: "rm /m/f; touch /m/g; ls /m", expected: "g\n"),
        Row(options: "target=/m,from=made,source=data/f,rw", command: "echo n > /m; cat /m", expected: "n\n"),
        Row(options: "target=/m,from=base,source=etc", command: "ls /m", expected: "group\npasswd\n"),
        Row(options: "target=rel", command: "ls /srv/rel", expected: "Dockerfile\nfile\nsub\n"),
        Row(options: "\"target=/m\",\"source=sub\"", command: "ls /m", expected: "inner\n"),
        // cache: kept from step to step, by id; with an owner of its own, another one.
        Row(options: "type=cache,target=/c", command: "echo 1 >> /c/f; cat /c/f", expected: "1\n"),
        Row(options: "type=cache,target=/c/", command: "echo 2 >> /c/f; cat /c/f", expected: "1\n2\n"),
        Row(options: "type=cache,id=/c,target=/d", command: "cat /d/f", expected: "1\n2\n"),
        Row(options: "type=cache,target=/c,uid=10", command: "ls /c; stat -c '%u:%g %a' /c", expected: "10:0 755\n"),
        Row(
            options: "type=cache,target=/c,gid=20,mode=0700",
            command: "ls /c; stat -c '%u:%g %a' /c",
            expected: "0:20 700\n"
        ),
        Row(options: "type=cache,target=/c,ro", command: "touch /c/g || cat /c/f", expected: "1\n2\n"),
        Row(options: "type=cache,target=/c,sharing=locked", command: "wc -l < /c/f", expected: "2\n"),
        Row(options: "type=cache,target=/c,sharing=private", command: "wc -l < /c/f", expected: "2\n"),
        Row(options: "type=cache,target=/n,from=made,source=data", command: "cat /n/f", expected: "made\n"),
        Row(options: "type=cache,id=part,source=a/b,target=/n", command: "echo p > /n/f", expected: ""),
        Row(options: "type=cache,id=part,target=/n", command: "cat /n/a/b/f", expected: "p\n"),
        // tmpfs: empty, as large as it was told.
        Row(options: "type=tmpfs,target=/etc", command: "ls /etc | grep -v -e hosts -e resolv", expected: ""),
        Row(
            options: "type=tmpfs,target=/t,size=1m",
            command: "df -k /t | tail -n 1 | awk '{print $2}'",
            expected: "1024\n"
        ),
        // secret: a file of a mode and an owner, a variable, or neither where it was not given.
        Row(
            options: "type=secret,id=s",
            command: "stat -c '%a %u:%g' /run/secrets/s; cat /run/secrets/s",
            expected: "400 0:0\nvalue\n"
        ),
        Row(
            options: "type=secret,id=s,target=/x,mode=0444,uid=7,gid=8",
            command: "stat -c '%a %u:%g' /x",
            expected: "444 7:8\n"
        ),
        Row(options: "type=secret,src=s", command: "cat /run/secrets/s", expected: "value\n"),
        Row(options: "type=secret,target=/y/s", command: "cat /y/s", expected: "value\n"),
        Row(
            options: "type=secret,id=s,env=S",
            command: "echo $S; ls /run/secrets 2>/dev/null || echo none",
            expected: "value\nnone\n"
        ),
        Row(options: "type=secret,id=s,env=S,target=/y", command: "cat /y; echo $S", expected: "value\nvalue\n"),
        Row(options: "type=secret,id=absent", command: "ls /run/secrets 2>/dev/null || echo none", expected: "none\n"),
        Row(options: "type=secret,id=s,required", command: "cat /run/secrets/s", expected: "value\n"),
        Row(
            options: "type=ssh",
            command: "ls /run 2>/dev/null || echo none; echo [$SSH_AUTH_SOCK]",
            expected: "none\n[]\n"
        ),
        // Several, one in another: parents come first, in whatever order they are written.
        Row(
            options: "type=bind,source=sub,target=/o/i --mount=type=tmpfs,target=/o",
            command: "ls /o /o/i | sort -u",
            expected: "\n/o/i:\n/o:\ni\ninner\n"
        ),
    ]

    @Test("every option does what it says, and no mount leaves anything in the image")
    func options() throws {
        try withStore { llmbox, context in
            write("context\n", to: "file", in: context)
            write("hidden\n", to: "hidden", in: context)
            write("hidden\n.dockerignore\n", to: ".dockerignore", in: context)
            mkdir(context.appending("sub").string, 0o755)
            write("inner\n", to: "sub/inner", in: context)
            write("value\n", to: "secret", in: context.removingLastComponent())
            var text = """
                FROM base AS made
                RUN mkdir /data && echo made > /data/f
                FROM base
                WORKDIR /srv
                RUN mkdir /out\n
                """
            for (number, row) in Self.rows.enumerated() {
                text += "RUN --mount=\(row.options) { \(row.command); } > /out/\(number) 2>/dev/null || true\n"
            }
            text += "RUN find / -xdev -mindepth 1 -maxdepth 1 | sort > /out/tree\nCMD [\"sh\"]\n"
            write(text, to: "Dockerfile", in: context)
            let secret = context.removingLastComponent().appending("secret").string
            let built = llmbox(
                "build",
                "--progress",
                "plain",
                "--secret",
                "id=s,src=\(secret)",
                "-t",
                "app",
                context.string
            )
            try #require(built.status == 0, "\(built.errors)")
            let script = "i=0; while [ -e /out/$i ]; do cat /out/$i; printf '\\1'; i=$((i+1)); done; cat /out/tree"
            let shown = llmbox("run", "--rm", "--network", "none", "app", "sh", "-c", script)
            let parts = shown.output.split(separator: "\u{1}", omittingEmptySubsequences: false).map(String.init)
            try #require(parts.count == Self.rows.count + 1, "\(shown)")
            for (row, part) in zip(Self.rows, parts) {
                #expect(part == row.expected, "\(row.options): \(row.command) (line \(row.line))")
            }
            let names = ["/bin", "/dev", "/etc", "/out", "/proc", "/root", "/srv", "/sys", "/tmp"]
            #expect(parts[parts.count - 1] == names.map { $0 + "\n" }.joined())
            let left = llmbox("run", "--rm", "--network", "none", "app", "sh", "-c", "ls /srv /run /var 2>/dev/null")
            #expect(left.output == "/srv:\n", "\(left)")
        }
    }

    static let refusedOptions = [
        "type=bind,target=/m,bind-propagation=slave,dev,suid,exec,rbind", "type=bind,target=/m,propagation=shared",
        "target=/m,Z", "target=/m,relabel=shared", "target=/m,\"source=sub,rbind\"x", "type=devpts,target=/m",
        "type=tmpfs,target=/m,size=1m\\,dev", "type=tmpfs,target=/m,source=/", "type=cache,target=/m,env=X",
        "type=secret,id=s,source=/etc/shadow", "type=bind,source=/", "type=cache", "type=tmpfs", "target=/",
        "type=bind,target=/m,ro=maybe", "type=cache,target=/m,mode=9", "type=ssh,env=X", "target=/proc",
        "type=cache,target=/m,sharing=all", "type=bind,target=/m,,ro", "target=/proc/self/fd",
    ]

    @Test("options that do not exist, or that smuggle others, are refused before anything runs (CVE-2024-9407)")
    func refused() throws {
        try withStore { llmbox, context in
            for options in Self.refusedOptions {
                write("FROM base\nRUN --mount=\(options) echo it $((1+1)) run\n", to: "Dockerfile", in: context)
                let built = llmbox("build", "--progress", "plain", context.string)
                #expect(built.status == 1, "\(options)")
                #expect(built.errors.contains("error: "), "\(options): \(built.errors)")
                #expect(!built.errors.contains("it 2 run"), "\(options): \(built.errors)")
            }
        }
    }

    @Test("what a bind mount shows is neither copied nor read, however large")
    func large() throws {
        try withStore { llmbox, context in
            let big = context.appending("weights").string
            let file = open(big, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644)
            // A hole: its 4 GiB would be 4 GiB in any copy but a sparse one, which llmbox does not make.
            ftruncate(file, 4 << 30)
            close(file)
            write("other\n", to: ".dockerignore", in: context)
            let text = """
                FROM base
                RUN --mount=target=/m stat -c %s /m/weights
                RUN --mount=target=/m,rw stat -c %s /m/weights && rm /m/weights
                """
            write(text, to: "Dockerfile", in: context)
            let built = llmbox("build", "--progress", "plain", context.string, limit: 30)
            #expect(built.status == 0, "\(built.errors)")
            #expect(built.errors.ranges(of: " 4294967296\n").count == 2, "\(built.errors)")
            #expect(access(big, F_OK) == 0)
        }
    }

    @Test("builder prune removes caches that no step uses, under every name of the command")
    func prune() throws {
        try withStore { llmbox, context in
            let step = "RUN --mount=type=cache,target=/c cat /c/f 2>/dev/null; echo kept > /c/f"
            write("FROM base\n\(step)\n", to: "Dockerfile", in: context)
            func seesOldFile() -> Bool {
                llmbox("build", "--no-cache", "--network", "none", context.string).errors.contains(" kept\n")
            }
            #expect(!seesOldFile() && seesOldFile())
            // Nobody says yes.
            _ = llmbox("builder", "prune")
            #expect(seesOldFile())
            for command in [["builder", "prune", "-f"], ["buildx", "prune", "-af"], ["system", "prune", "-f"]] {
                let pruned = run([LLMBoxProgram.path] + command, environment: llmbox.environment)
                #expect(pruned.status == 0 && pruned.output.contains("Total reclaimed space: "), "\(pruned)")
                #expect(!seesOldFile(), "\(command)")
            }
            #expect(llmbox("buildx", "build", "-q", "--network", "none", context.string).status == 0)
            #expect(llmbox("images", "-q").output.isEmpty == false)
        }
    }

    @Test("a cache in use survives a prune")
    func pruneInUse() throws {
        try withStore { llmbox, context in
            write(
                "FROM base\nRUN --mount=type=cache,target=/c touch /c/f; echo ready; while ! test -e /c/go; do sleep 0.1; done; "
                    + "test -e /c/f\n",
                to: "Dockerfile",
                in: context
            )
            let log = context.appending("log").string
            let command = [LLMBoxProgram.path, "build", "--progress", "plain", "--network", "none", context.string]
            let process = try BackgroundProcess(["env", "LLMBOX_ROOT=\(llmbox.root)"] + command, output: log)
            #expect(eventually { read(log).contains(" ready\n") })
            #expect(llmbox("builder", "prune", "-f").status == 0)
            let left = run(["sh", "-c", "d=$(dirname \(llmbox.root)/cache-mounts/*/f) && touch $d/go"])
            #expect(left.status == 0, "\(left)")
            #expect(eventually { read(log).contains("writing image") }, "\(read(log))")
            withExtendedLifetime(process) {}
        }
    }

    @Test("an insecure step sees control groups")
    func insecure() throws {
        try withStore { llmbox, context in
            let built = BuiltTree(
                llmbox,
                "FROM base\nRUN --security=insecure ls /sys/fs/cgroup > /seen\n",
                in: context.string,
                ["--allow", "security.insecure", "--network", "none"]
            )
            #expect(built.text("seen").isEmpty == false, "\(built.build)")
        }
    }
}
