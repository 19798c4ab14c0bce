internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Runs `body` as an ordinary user whose store holds the image `base`.
func asUser(hasSubordinateIDs: Bool = true, _ body: (RootlessUser, FilePath) throws -> Void) throws {
    try withSandbox { sandbox in
        let user = RootlessUser(in: sandbox, hasSubordinateIDs: hasSubordinateIDs)
        let root = LLMBoxProgram(root: sandbox.appending("store"))
        root.importBusybox()
        let archive = sandbox.appending("base.tar").string
        let saved = root("save", "-o", archive, "base")
        chmod(archive, 0o644)
        let loaded = user("load", "-q", "-i", archive)
        guard saved.status == 0, loaded.status == 0 else {
            throw FixtureError.importFailed(saved.errors + loaded.errors)
        }
        defer { user.finish() }
        try body(user, sandbox)
    }
}

@Suite(.enabled(if: isRoot, "making a user for the test needs root"))
struct RootlessTests {
    private let base = ["llmbox", "run", "--rm", "--network", "none"]

    @Test("a user is root inside, has subordinate ids for others, and owns what root inside writes")
    func identities() throws {
        try asUser { user, _ in
            let script = """
                id -u; cat /proc/self/uid_map | tr -s ' '; stat -c %u /etc/passwd; touch /home/mine && chown 7:8 /home/mine
                stat -c %u:%g /home/mine; echo x > /dev/null && head -c 4 /dev/zero | wc -c; touch /made && ls /made
                """
            let result = user.run(base + ["-v", "\(user.home):/home", "base", "sh", "-c", script])
            let map = " 0 \(RootlessUser.number) 1\n 1 200000 65536\n"
            #expect(result.output == "0\n\(map)0\n7:8\n4\n/made\n", "\(result)")
            var status = stat()
            #expect(stat(user.home.appending("mine").string, &status) == 0)
            #expect(status.st_uid == 200_006 && status.st_gid == 200_007)

            #expect(user.run(base + ["-u", "app", "base", "id", "-u"]).output == "1000\n")
            let beyond = user.run(base + ["-u", "70000", "base", "id"])
            #expect(beyond.status == 125 && beyond.errors.contains("/etc/subuid"), "\(beyond)")
        }
    }

    @Test("a detached container is found by later commands, and by those that begin when its starter has gone")
    func lifeCycle() throws {
        try asUser { user, _ in
            let started = user(
                "run",
                "-d",
                "--name",
                "c",
                "--network",
                "none",
                "base",
                "sh",
                "-c",
                "echo up; sleep 1000"
            )
            try #require(started.status == 0, "\(started)")
            #expect(user("ps", "--format", "{{.Names}} {{.State}}").output == "c running\n")
            #expect(user("exec", "c", "sh", "-c", "id -u; readlink /proc/1/ns/user").status == 0)
            let inside = user("exec", "c", "readlink", "/proc/self/ns/user").line
            #expect(inside == user("unshare", "readlink", "/proc/self/ns/user").line, "one namespace for all")
            #expect(user("logs", "c").output == "up\n")
            #expect(user("kill", "-s", "KILL", "c").status == 0)
            #expect(user("wait", "c").output == "137\n")
            #expect(user("rm", "c").status == 0)
            // Not by the number of a new one: the kernel gives that of the old one out again.
            let list = user.home.removingLastComponent().appending("run/llmbox/holders").string
            let alive = "while read pid start; do readlink /proc/$pid/ns/user; done < \(list)"
            #expect(eventually { !run(["sh", "-c", alive]).output.contains(inside) }, "it ends with who lives in it")
        }
    }

    @Test("an image that a user builds has the digest of the one that root builds")
    func builds() throws {
        try asUser { user, sandbox in
            let context = sandbox.appending("context")
            mkdir(context.string, 0o755)
            write("one\n", to: "a", in: context)
            let dockerfile = """
                FROM base
                COPY --chown=1000:2000 --chmod=640 a /srv/a
                RUN rm /etc/group && mkdir /srv/d && echo two > /srv/d/b && chown -R 1000 /srv && mknod /srv/p p
                RUN rm -r /srv/d && mkdir /srv/d && touch /srv/d/c && test "$(stat -c %u:%g /srv/a)" = 1000:2000
                USER app
                """
            write(dockerfile, to: "Dockerfile", in: context)
            let words = ["build", "-q", "--network", "none", "-t", "made", "--no-cache"]
            let time = ["--timestamp", "1000000000", context.string]
            let root = LLMBoxProgram(root: sandbox.appending("store"))
            let ofRoot = run([LLMBoxProgram.path] + words + time, environment: root.environment)
            let ofUser = user.run(["llmbox"] + words + time)
            try #require(ofRoot.status == 0 && ofUser.status == 0, "\(ofRoot) \(ofUser)")
            #expect(ofUser.output == ofRoot.output)
            let look = user.run(base + ["made", "sh", "-c", "id -u; ls /srv/d /etc/group; stat -c %a:%u:%g /srv/a"])
            #expect(look.output == "1000\n/srv/d:\nc\n640:1000:2000\n", "\(look)")
            #expect(user("system", "check").output.contains("the store is sound"))
        }
    }

    @Test("with one id everything belongs to root, and what needs another one fails with words")
    func oneID() throws {
        try asUser(hasSubordinateIDs: false) { user, _ in
            let result = user.run(
                base + ["base", "sh", "-c", "id -u; tr -s ' ' < /proc/self/uid_map; stat -c %u /bin/sh"]
            )
            #expect(result.output == "0\n 0 \(RootlessUser.number) 1\n0\n", "\(result)")
            #expect(result.errors.contains("no subordinate ids"))
            let other = user.run(base + ["-u", "app", "base", "id"])
            #expect(other.status == 125 && other.errors.contains("/etc/subuid"), "\(other)")
            #expect(user.run(base + ["-t", "base", "readlink", "/proc/self/fd/0"]).line.hasPrefix("/dev/pts/0"))
            let device = user.run(base + ["--device", "/dev/zero:/dev/other", "base", "head", "-c", "4", "/dev/other"])
            #expect(device.output == "\0\0\0\0", "\(device)")
        }
    }

    @Test("the host's network and processes can be shared, and the kernel's file systems stay protected")
    func sharing() throws {
        try asUser { user, _ in
            let look =
                "touch /sys/x /proc/sys/kernel/hostname 2>&1 | grep -c Read-only; wc -c < /proc/interrupts; ls /sys/firmware | wc -l"
            let network = user.run(["llmbox", "run", "--rm", "--network", "host", "base", "sh", "-c", look])
            #expect(network.output == "2\n0\n0\n", "\(network)")
            let processes = user.run(base + ["--pid", "host", "base", "sh", "-c", look])
            #expect(processes.output == "2\n0\n0\n", "\(processes)")
            let probe =
                "mkdir /sys/fs/cgroup/x; mount -t cgroup -o rdma x /mnt; unshare -U true; mknod /m c 1 1; echo end"
            let refused = user.run(base + ["base", "sh", "-c", "\(probe)"])
            #expect(refused.output == "end\n" && refused.errors.split(separator: "\n").count == 4, "\(refused)")
        }
    }

    @Test("limits that nobody left to the user are refused, with the ways out")
    func limits() throws {
        try asUser { user, _ in
            let result = user.run(base + ["-m", "64m", "base", "true"])
            #expect(result.status == 125, "\(result)")
            #expect(result.errors.contains("cannot limit memory") && result.errors.contains("systemd-run --user"))
        }
    }

    @Test("the store can be emptied, and removed with everything that belongs to subordinate ids")
    func removal() throws {
        try asUser { user, _ in
            let store = user.home.appending(".local/share/llmbox").string
            _ = user("run", "--network", "none", "base", "sh", "-c", "echo x > /f && chown 99 /f && chmod 700 /root")
            #expect(user("volume", "create", "v").status == 0)
            user.finish()
            #expect(user("system", "prune", "-a", "-f").status == 0)
            #expect(user("images", "-q").output == "")
            #expect(user.run(["rm", "-rf", store]).status == 0 || user("unshare", "rm", "-rf", store).status == 0)
            #expect(access(store, F_OK) != 0)
            let passed = user("unshare", "sh", "-c", "id -u; exit 7")
            #expect(passed.output == "0\n" && passed.status == 7)
        }
    }

    @Test("a directory for state that somebody else could have made is not used")
    func foreignState() throws {
        try asUser { user, sandbox in
            let open = sandbox.appending("open").string
            mkdir(open, 0o777)
            chmod(open, 0o777)
            let result = user.run(["env", "XDG_RUNTIME_DIR=\(open)", "llmbox", "ps"])
            #expect(result.status == 125 && result.errors.contains("cannot keep state in"), "\(result)")
            // Commands that need no namespace need no directory either.
            #expect(user.run(["env", "XDG_RUNTIME_DIR=\(open)", "llmbox", "version"]).status == 0)
        }
    }

    @Test("a container has the user's own connections, published ports, and ends them with itself")
    func network() throws {
        try asUser { user, _ in
            let published = ["llmbox", "run", "-d", "--name", "w", "-p", "127.0.0.1::80"]
            let started = user.run(published + ["base", "httpd", "-f", "-p", "80", "-h", "/etc"])
            try #require(started.status == 0, "\(started)")
            let address = user("port", "w", "80").line
            #expect(address.hasPrefix("127.0.0.1:"), "\(address)")
            let fetched = run(["busybox", "wget", "-q", "-O", "-", "http://\(address)/hostname"])
            #expect(fetched.output == "\(started.line.prefix(12))\n", "\(fetched)")
            #expect(user("ps", "--format", "{{.Ports}}").line == "\(address)->80/tcp")
            #expect(user("exec", "w", "ip", "route").output.contains("default via"))
            let taken = user.run(["llmbox", "run", "--rm", "-p", "\(address):80", "base", "true"])
            #expect(taken.status == 125 && taken.errors.contains("in use on this host by container `w`"), "\(taken)")
            // What listens on the host's loopback is none of the container's business.
            let loopback = user("exec", "w", "wget", "-q", "-T", "2", "-O", "-", "http://\(address)/hostname")
            #expect(loopback.status != 0, "\(loopback)")
            let helpers = [
                "sh", "-c",
                "ps -o args= -u \(RootlessUser.number) | grep '^pasta.*\(address.split(separator: ":")[1]):80'",
            ]
            #expect(run(helpers).status == 0)
            #expect(user("rm", "-f", "w").status == 0)
            #expect(run(helpers).status != 0, "it is gone with its container")
        }
    }

    @Test("where pasta is not installed slirp4netns gives the network, and where neither is, words")
    func fallback() throws {
        try asUser { user, sandbox in
            let programs = sandbox.appending("programs")
            mkdir(programs.string, 0o755)
            func find(_ names: [String]) {
                for name in names {
                    symlink(run(["sh", "-c", "command -v \(name)"]).line, programs.appending(name).string)
                }
            }
            find(["newuidmap", "newgidmap"])
            let words = ["env", "PATH=\(programs)", LLMBoxProgram.path, "run", "--name", "w", "-p", "127.0.0.1::80"]
            let none = user.run(words + ["--rm", "base", "true"])
            #expect(none.status == 125 && none.errors.contains("slirp4netns"), "\(none)")
            find(["slirp4netns"])
            let started = user.run(words + ["-d", "base", "httpd", "-f", "-p", "80", "-h", "/etc"])
            try #require(started.status == 0, "\(started)")
            #expect(user("exec", "w", "ip", "route").output.contains("default via 10.0.2.2 dev tap0"))
            let address = user("port", "w", "80").line
            // The program listens at once; the server inside may need a moment.
            #expect(
                eventually {
                    run(["busybox", "wget", "-q", "-O", "-", "http://\(address)/hostname"]).output
                        == "\(started.line.prefix(12))\n"
                }
            )
            let taken = user.run(
                words.map { $0 == "w" ? "v" : $0 == "127.0.0.1::80" ? "\(address):80" : $0 } + ["base", "true"]
            )
            #expect(
                taken.status == 125 && taken.errors.contains("already in use on this host by container `w`"),
                "\(taken)"
            )
            #expect(user("rm", "-f", "w").status == 0)
            let helpers = ["ps", "-o", "comm=", "-u", "\(RootlessUser.number)"]
            #expect(!run(helpers).output.contains("slirp4netns"), "it is gone with its container")
        }
    }

    @Test("steps of a build have the network of a container")
    func buildNetwork() throws {
        try asUser { user, _ in
            let dockerfile = "FROM base\nRUN ip route | grep -q default && test $(ls /sys/class/net | wc -l) = 2\n"
            let built = user("build", "-q", "-", input: Array(dockerfile.utf8))
            #expect(built.status == 0, "\(built)")
        }
    }

    @Test("with keep-id the user has the same number inside, and root is somebody else")
    func keepID() throws {
        try asUser { user, _ in
            let number = RootlessUser.number
            let keep = ["llmbox", "run", "--rm", "--userns", "keep-id", "-v", "\(user.home):/home", "base"]
            let made = user.run(
                keep + ["sh", "-c", "id -u; id -g; touch /home/mine; stat -c %u:%g /home/mine /bin/sh"]
            )
            #expect(made.output == "\(number)\n\(number)\n\(number):\(number)\n\(number):\(number)\n", "\(made)")
            var status = stat()
            #expect(stat(user.home.appending("mine").string, &status) == 0 && status.st_uid == number)
            let asRoot = keep.dropLast() + ["-u", "0", "base", "sh", "-c", "id -u; touch /x && stat -c %u /x"]
            #expect(user.run(Array(asRoot)).output == "0\n0\n")
            let started = user("run", "-d", "--name", "k", "--userns", "keep-id", "base", "sleep", "1000")
            try #require(started.status == 0, "\(started)")
            #expect(user("exec", "k", "id", "-u").output == "\(number)\n")
            #expect(user("exec", "-u", "0", "k", "id", "-u").output == "0\n")
            #expect(user("rm", "-f", "k").status == 0)
            let named = user("run", "--rm", "--userns", "keep-id:uid=1000,gid=7", "base", "sh", "-c", "id -u; id -g")
            #expect(named.output == "1000\n7\n", "\(named)")
            let refused = user("run", "--rm", "--userns", "other", "base", "true")
            #expect(refused.status == 125 && refused.errors.contains("keep-id"), "\(refused)")
        }
    }
}
