internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "building mounts overlays, which needs root"))
struct BuildStepTests {
    @Test("limits and hosts of the command line reach the step, and none of them makes a cached step run again")
    func limits() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base
                RUN --mount=target=/c cat /etc/hosts; df -k /dev/shm | tail -n 1; echo files $(ulimit -n); \
                    until test -e /c/seen; do sleep 0.1; done
                """
            write(text, to: "Dockerfile", in: context)
            let parent = "llmbox-test-\(getpid())"
            let options = [
                "--add-host", "db:10.1.2.3", "--add-host", "outside:host-gateway", "--shm-size", "1m", "--ulimit",
                "nofile=77", "--memory", "64m", "--cpus", "0.5", "--cpuset-cpus", "0", "--cgroup-parent",
                "/\(parent)/a",
            ]
            let build = [LLMBoxProgram.path, "build", "--progress", "plain"]
            // The step waits until its control group was seen from outside: inside, that is the root of all groups.
            let script = """
                "$@" & until find /sys/fs/cgroup -path '*/\(parent)/a/build-*' -type d | grep -q .; do
                kill -0 $! || exit 9; sleep 0.1; done; touch \(context)/seen; wait $!
                """
            let built = run(
                ["bash", "-c", script, "bash"] + build + options + [context.string],
                environment: llmbox.environment
            )
            try #require(built.status == 0, "\(built.errors)")
            for expected in ["10.1.2.3\tdb", "\toutside", " 1024 ", "files 77"] {
                #expect(built.errors.contains(expected), "\(expected): \(built.errors)")
            }
            unlink(context.appending("seen").string)
            let left = run(["find", "/sys/fs/cgroup", "-maxdepth", "2", "-name", parent])
            #expect(left.output.isEmpty)
            let again = run(
                build + ["--ulimit", "nofile=99", "--network", "none", context.string],
                environment: llmbox.environment
            )
            #expect(again.errors.contains("CACHED"), "\(again.errors)")
            #expect(!again.errors.contains("files 99"))
        }
    }

    @Test("a step sees its own control groups, read-only, and writes down nothing of where they are")
    func groups() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base
                RUN cut -d: -f3 /proc/self/cgroup | sort | uniq > /seen; mkdir /sys/fs/cgroup/x 2> /refused; \
                    cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes > /limit 2> /dev/null; true
                """
            let built = BuiltTree(llmbox, text, in: context.string, ["--network", "none", "--memory", "64m"])
            #expect(
                built.text("seen").split(separator: "\n").allSatisfy { $0 == "/" },
                "\(built.text("seen")) \(built.build)"
            )
            #expect(built.text("refused").contains("Read-only"), "\(built.text("refused"))")
            #expect(built.text("limit") == "67108864\n", "\(built.text("limit"))")
            #expect(built.listing.map { $0.prefix { $0 != " " } } == ["limit", "refused", "seen"], "\(built.listing)")
        }
    }

    @Test(
        "the caller's rights are a step's, as they are a container's",
        arguments: [
            ([], "2 0 -"), (["--security-opt", "seccomp=unconfined"], "0 0 -"),
            (["--security-opt", "no-new-privileges"], "2 1 -"), (["--device", "/dev/zero:/dev/nought"], "2 0 +"),
        ]
    )
    func rights(options: [String], expected: String) throws {
        try withStore { llmbox, context in
            let text = """
                FROM base
                RUN echo $(grep -w Seccomp: /proc/self/status | tr -dc 0-9) $(grep NoNewPrivs /proc/self/status | tr -dc 0-9) \
                    $(test -c /dev/nought && echo + || echo -) > /seen
                """
            let built = BuiltTree(llmbox, text, in: context.string, options + ["--network", "none"])
            #expect(built.text("seen") == expected + "\n", "\(built.build)")
            let dropped = BuiltTree(
                llmbox,
                "FROM base\nRUN chown 1 /tmp",
                in: context.string,
                ["--network", "none", "--cap-drop", "chown"]
            )
            #expect(dropped.build.errors.contains("not permitted"), "\(dropped.build)")
        }
    }

    @Test("a step that its memory limit has killed says so")
    func memory() throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN tail /dev/zero\n", to: "Dockerfile", in: context)
            let built = llmbox("build", "--memory", "16m", context.string)
            #expect(built.status == 1)
            #expect(built.errors.contains("more memory than `--memory 16m` gives it"), "\(built.errors)")
        }
    }

    @Test(
        "a Dockerfile gets no right that the caller did not give it (CVE-2024-23653)",
        arguments: [
            ("RUN --security=insecure cat /proc/self/status", "security.insecure", "--security=insecure"),
            ("RUN --network=host ip addr", "network.host", "--network=host"),
            ("RUN --device=/dev/null true", "device", "--device=/dev/null"),
        ]
    )
    func entitlement(line: String, right: String, flag: String) throws {
        try withStore { llmbox, context in
            write("# syntax=example.invalid/frontend\nFROM base\n\(line)\n", to: "Dockerfile", in: context)
            for other in [[], ["--allow", right == "device" ? "network.host" : "device"]] {
                let refused = run(
                    [LLMBoxProgram.path, "build"] + other + [context.string],
                    environment: llmbox.environment
                )
                #expect(refused.status == 1)
                #expect(refused.errors.contains("`RUN \(flag)` is not allowed"), "\(refused.errors)")
                #expect(refused.errors.contains("--allow \(right)"), "\(refused.errors)")
                #expect(!refused.errors.contains("CapEff"))
            }
            let allowed = llmbox("build", "--progress", "plain", "--allow", right, context.string)
            #expect(allowed.status == 0, "\(allowed.errors)")
        }
    }

    @Test("a step that was allowed everything has every capability, and one that was not has Docker's")
    func insecure() throws {
        try withStore { llmbox, context in
            let text = """
                FROM base
                RUN grep CapBnd /proc/self/status > /plain; mount -t tmpfs none /tmp || echo refused >> /plain
                RUN --security=insecure grep CapBnd /proc/self/status > /all && mount -t tmpfs none /tmp
                CMD ["cat", "/plain", "/all"]
                """
            write(text, to: "Dockerfile", in: context)
            let built = llmbox("build", "--allow", "security.insecure", "-t", "app", context.string)
            try #require(built.status == 0, "\(built.errors)")
            let shown = llmbox("run", "--rm", "--network", "none", "app")
            let lines = shown.output.split(separator: "\n").map(String.init)
            try #require(lines.count == 3, "\(shown)")
            #expect(lines[0] == "CapBnd:\t00000000a80425fb")
            #expect(lines[1] == "refused")
            let own = run(["grep", "CapBnd", "/proc/self/status"]).line
            #expect(lines[2] == own)
        }
    }

    @Test("a device that is required and unknown fails the step, another one is only missed")
    func devices() throws {
        try withStore { llmbox, context in
            write("FROM base\nRUN --device=vendor.example/gpu=all true\n", to: "Dockerfile", in: context)
            let missed = llmbox("build", "--progress", "plain", context.string)
            #expect(missed.status == 0, "\(missed.errors)")
            #expect(missed.errors.contains("going on without the device `vendor.example/gpu=all`"))
            write("FROM base\nRUN --device=vendor.example/gpu=all,required true\n", to: "Dockerfile", in: context)
            let failed = llmbox("build", context.string)
            #expect(failed.status == 1)
            #expect(failed.errors.contains("cannot find the device `vendor.example/gpu=all`"), "\(failed.errors)")
        }
    }

    @Test("a step uses the caller's keys through a socket that is nowhere afterwards, and cannot change the agent")
    func agent() throws {
        try withStore { llmbox, context in
            let key = context.removingLastComponent().appending("key").string
            try #require(run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "the-key", "-f", key]).status == 0)
            // The image gets the client with the libraries it is linked to.
            let copy = """
                for f in $(command -v ssh-add) $(ldd $(command -v ssh-add) | grep -o '/[^ ]*'); do
                    mkdir -p $0/fs$(dirname $f) && cp -L $f $0/fs$f || exit 1
                done
                """
            try #require(run(["sh", "-c", copy, context.string]).status == 0)
            let text = """
                FROM base
                COPY fs /
                USER app
                RUN --mount=type=ssh,uid=1000,required ssh-add -l; ssh-add -D; ssh-add -l; stat -c '%F %a %u' $SSH_AUTH_SOCK
                RUN --mount=type=ssh,id=other ls /run; echo "sock $SSH_AUTH_SOCK."
                """
            write(text, to: "Dockerfile", in: context)
            let missing = llmbox("build", context.string)
            #expect(missing.status == 1)
            #expect(missing.errors.contains("cannot find the ssh agent `default`"), "\(missing.errors)")
            let built = llmbox("build", "--progress", "plain", "--ssh", "default=\(key)", "-t", "app", context.string)
            try #require(built.status == 0, "\(built.errors)")
            #expect(built.errors.ranges(of: "the-key (ED25519)").count == 2, "\(built.errors)")
            #expect(built.errors.contains("Failed to remove all identities"))
            #expect(built.errors.contains("socket 600 1000"))
            #expect(built.errors.contains("sock ."))
            #expect(llmbox("run", "--rm", "--network", "none", "app", "ls", "/run").status != 0)
            #expect(run(["sh", "-c", "ls -d /tmp/llmbox-ssh-*"]).output.isEmpty)

            try #require(run(["ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", key]).status == 0)
            let locked = llmbox("build", "--no-cache", "--ssh", "default=\(key)", context.string)
            #expect(locked.status == 1)
            #expect(locked.errors.contains("it has a passphrase, or is no private key"), "\(locked.errors)")
        }
    }
}
