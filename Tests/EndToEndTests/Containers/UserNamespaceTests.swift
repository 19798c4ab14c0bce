internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Containers with ids of their own: `--userns auto`, `nomap` and spelled-out maps.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct UserNamespaceTests {
    private static let look =
        "id -u; tr -s ' ' < /proc/self/uid_map; stat -c %u:%g /bin/busybox /etc/hosts /; touch /made; stat -c %u /made"

    /// Runs llmbox where `containers` has subordinate ids, which the machine's own tables may not give it.
    private func withIDs(_ llmbox: LLMBoxProgram, _ arguments: [String]) -> CommandResult {
        let table = llmbox.root.removingLastComponent().appending("subids").string
        let script = """
            echo containers:3000000:200000 > "$0" && touch /etc/subuid /etc/subgid
            mount --bind "$0" /etc/subuid && mount --bind "$0" /etc/subgid && exec "$@"
            """
        let words = ["unshare", "-m", "--propagation", "slave", "sh", "-c", script, table, LLMBoxProgram.path]
        return run(words + arguments, environment: llmbox.environment)
    }

    @Test("each container with auto has ids that no other one has, and its image's files belong to them")
    func automatic() throws {
        try withStore { llmbox, _ in
            let one = withIDs(
                llmbox,
                ["run", "--name", "a", "--userns", "auto", "--network", "none", "base", "sh", "-c", Self.look]
            )
            #expect(one.output == "0\n 0 3000000 2001\n0:0\n0:0\n0:0\n0\n", "\(one)")
            let sized = ["create", "--name", "b", "--userns", "auto:size=70", "--network", "none", "base", "cat"]
            #expect(withIDs(llmbox, sized + ["/proc/self/gid_map"]).status == 0)
            #expect(
                llmbox("start", "-a", "b").output.split(separator: " ").map(String.init) == ["0", "3002001", "70\n"]
            )
            let maps = "{{.HostConfig.IDMappings.UidMap}} {{.HostConfig.UsernsMode}}"
            #expect(llmbox("inspect", "-f", maps, "a").line == "[0:3000000:2001] auto")
            // Those of a container that is gone are free again.
            #expect(llmbox("rm", "a").status == 0)
            let next = ["run", "--rm", "--userns", "auto", "--network", "none", "base", "cat", "/proc/self/uid_map"]
            #expect(withIDs(llmbox, next).output.contains(" 3000000 "))
            let large = withIDs(llmbox, ["create", "--userns", "auto:size=200000", "base"])
            #expect(large.status == 125 && large.errors.contains("1 to 65536"), "\(large)")
        }
    }

    @Test("what such a container writes is the image's when it is copied, exported and committed")
    func files() throws {
        try withStore { llmbox, context in
            let script =
                "chown 1000:2000 /tmp && echo x > /root/f && chown 7:8 /root/f && chmod 4755 /root/f; sleep 1000"
            let words = ["run", "-d", "--name", "a", "--uidmap", "0:700000:65536", "--network", "none"]
            let started = run(
                [LLMBoxProgram.path] + words + ["-v", "vol:/vol", "base", "sh", "-c", script],
                environment: llmbox.environment
            )
            try #require(started.status == 0, "\(started)")
            #expect(eventually { llmbox("exec", "a", "stat", "-c", "%a", "/root/f").line == "4755" })
            let pid = llmbox("inspect", "-f", "{{.State.Pid}}", "a").line
            #expect(run(["stat", "-c", "%u", "/proc/\(pid)"]).line == "700000")
            #expect(llmbox("exec", "-u", "app", "a", "sh", "-c", "id -u; echo y > /dev/stdout").output == "1000\ny\n")
            // Into and out of it, running and not.
            write("in", to: "in", in: context)
            let target = context.appending("out").string
            for round in ["running", "stopped"] {
                #expect(llmbox("cp", context.appending("in").string, "a:/root/\(round)").status == 0)
                #expect(llmbox("cp", "-a", "a:/root/f", target).status == 0)
                #expect(run(["stat", "-c", "%u:%g", target]).line == "7:8", "\(round)")
                #expect(
                    run(
                        ["sh", "-c", "\(LLMBoxProgram.path) cp a:/root/f - | tar -tv --numeric-owner"],
                        environment: llmbox.environment
                    ).output.contains("7/8")
                )
                if round == "running" { #expect(llmbox("stop", "-t", "0", "a").status == 0) }
            }
            let export = "\(LLMBoxProgram.path) export a | tar -tv --numeric-owner root/f tmp"
            let exported = run(["sh", "-c", export], environment: llmbox.environment).output
            #expect(exported.contains("7/8") && exported.contains("1000/2000"), "\(exported)")
            #expect(llmbox("commit", "a", "made").status == 0)
            let list = ["run", "--rm", "--network", "none", "-v", "vol:/vol", "made", "stat", "-c", "%u:%g"]
            let seen = run(
                [LLMBoxProgram.path] + list + ["/root/f", "/tmp", "/root/running", "/root/stopped", "/bin/busybox"],
                environment: llmbox.environment
            )
            #expect(seen.output == "7:8\n1000:2000\n0:0\n0:0\n0:0\n", "\(seen)")
            #expect(!llmbox("diff", "a").output.contains("/bin"))
            #expect(llmbox("start", "a").status == 0)
            #expect(eventually { llmbox("exec", "a", "stat", "-c", "%u", "/root/stopped").line == "0" })
        }
    }

    @Test("volumes show under the container's ids, and the host's files as whose they are")
    func mounts() throws {
        try withStore { llmbox, context in
            chmod(context.string, 0o755)
            write("x", to: "f", in: context)
            let map = ["run", "--rm", "--network", "none", "--uidmap", "0:800000:65536"]
            let mine = ["-v", "vol:/etc", "-v", "\(context):/host"]
            let script = "stat -c %u /etc /etc/passwd /host/f; echo v > /etc/new && chown 5 /etc/new"
            let first = run(
                [LLMBoxProgram.path] + map + mine + ["base", "sh", "-c", script],
                environment: llmbox.environment
            )
            #expect(first.output == "0\n0\n65534\n", "\(first)")
            // A container with other ids has the same files.
            let other = ["run", "--rm", "--network", "none", "--uidmap", "0:900000:65536", "-v", "vol:/v", "base"]
            let second = run(
                [LLMBoxProgram.path] + other + ["stat", "-c", "%u", "/v/new", "/v/passwd"],
                environment: llmbox.environment
            )
            let mapped = llmbox("run", "--rm", "-v", "vol:/v", "base", "stat", "-c", "%u", "/v/new").line == "5"
            if mapped { #expect(second.output == "5\n0\n", "\(second)") }
        }
    }

    @Test("the kernel's file systems, the network and sharing work as without ids of its own")
    func sharing() throws {
        try withStore { llmbox, _ in
            let map = ["run", "--rm", "--gidmap", "0:700000:65536"]
            func inside(_ options: [String], _ script: String) -> CommandResult {
                run(
                    [LLMBoxProgram.path] + map + options + ["base", "sh", "-c", script],
                    environment: llmbox.environment
                )
            }
            let look =
                "touch /sys/x /proc/sys/kernel/hostname 2>&1 | grep -c Read-only; wc -c < /proc/interrupts; echo x > /dev/null && echo ok"
            for options in [["--network", "none"], ["--network", "host"], ["--network", "none", "--pid", "host"]] {
                let result = inside(options, look)
                #expect(result.output == "2\n0\nok\n", "\(options) \(result)")
            }
            let bridge = inside(
                [],
                "ip -4 addr show eth0 | grep -c inet; readlink /proc/self/fd/1 | cut -c1-4; stat -c %g /dev/null"
            )
            #expect(bridge.output.hasPrefix("1\npipe\n"), "\(bridge)")
            #expect(
                inside(["--network", "none", "-t"], "tty=$(readlink /proc/self/fd/0); echo $tty").output.contains(
                    "/dev/pts/0"
                )
            )
            #expect(inside(["--network", "none", "--read-only"], "touch /x 2>&1 | grep -c Read-only").output == "1\n")
        }
    }

    @Test("a user's containers have ids of their own with auto, and not the user's with nomap")
    func withoutRoot() throws {
        try asUser { user, sandbox in
            let first = user(
                "run",
                "--name",
                "a",
                "--userns",
                "auto",
                "--network",
                "none",
                "base",
                "sh",
                "-c",
                Self.look
            )
            #expect(
                first.output == "0\n 0 1 2001\n0:0\n0:0\n0:0\n0\n"
                    || first.output == "0\n 0 1 2001\n0:0\n65534:65534\n0:0\n0\n",
                "\(first)"
            )
            let second = user(
                "run",
                "--rm",
                "--userns",
                "auto",
                "--network",
                "none",
                "base",
                "cat",
                "/proc/self/uid_map"
            )
            #expect(second.output.split(separator: " ").map(String.init).prefix(2) == ["0", "2002"], "\(second)")
            let none = user.run(
                [
                    "llmbox", "run", "--rm", "--userns", "nomap", "-v", "vol:/vol", "-v", "\(user.home):/home", "base",
                    "sh", "-c",
                ]
                    + ["\(Self.look); touch /vol/x && ls /vol; ls /home 2>&1 | grep -c denied; id -u > /dev/stderr"]
            )
            #expect(none.output.hasPrefix("0\n 0 1 65536\n0:0\n") && none.output.hasSuffix("0\nx\n1\n"), "\(none)")
            #expect(none.errors == "0\n")
            // What it wrote is the image's again when it leaves.
            #expect(user("commit", "a", "made").status == 0)
            let look = user("run", "--rm", "--network", "none", "made", "stat", "-c", "%u", "/made", "/bin/busybox")
            #expect(look.output == "0\n0\n", "\(look)")
        }
    }
}
