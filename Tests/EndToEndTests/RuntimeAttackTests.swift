internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// Known attacks on container runtimes, each of which must end without having reached anything of the host's.
///
/// `Attacks.md` lists which defence each test is about.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct RuntimeAttackTests {
    private let base = ["run", "--rm", "--network", "none"]

    private func run(_ llmbox: LLMBoxProgram, _ words: [String], limit: Int = 60) -> CommandResult {
        TestSupport.run([LLMBoxProgram.path] + words, environment: llmbox.environment, limit: limit)
    }

    @Test("an entry point that is `/proc/self/exe` runs nothing of ours")
    func ownProgram() throws {
        try withStore { llmbox, _ in
            let dockerfile = "FROM base\nRUN ln -s /proc/self/exe /bin/trap\nENTRYPOINT [\"/bin/trap\"]\n"
            #expect(llmbox("build", "-q", "-t", "trap", "-", input: Array(dockerfile.utf8)).status == 0)
            let result = run(llmbox, base + ["trap", "--version"])
            // Refused before it is executed: the program's own refusal would be a word of ours too much.
            #expect(result.status == 126 && !result.errors.contains("llmbox-init"), "\(result)")
        }
    }

    @Test("two containers that share a volume cannot make a mount land outside it", .timeLimit(.minutes(15)))
    func sharedVolume() throws {
        try withStore { llmbox, context in
            // CVE-2021-30465 and CVE-2024-45310: the target turns from a directory into a link while it is looked up.
            let canary = context.appending("canary").string
            mkdir(canary, 0o755)
            let swap = "cd /v; while :; do mkdir -p x; rm -rf x; ln -s \(canary) x; rm -f x; ln -s / x; rm -f x; done"
            let started = llmbox(
                "run",
                "-d",
                "--name",
                "a",
                "--network",
                "none",
                "-v",
                "v:/v",
                "base",
                "sh",
                "-c",
                swap
            )
            try #require(started.status == 0, "\(started)")
            for _ in 0..<40 {
                _ = run(llmbox, base + ["-v", "v:/v", "--tmpfs", "/v/x/made-by-mount", "base", "true"])
            }
            #expect(TestSupport.run(["ls", "-A", canary]).output == "")
            #expect(access("/made-by-mount", F_OK) != 0)
            // Other tests mount file systems at the same time, but none of these names.
            let mounted = TestSupport.run(["grep", "-e", "made-by-mount", "-e", canary, "/proc/self/mountinfo"])
            #expect(mounted.output == "")
        }
    }

    @Test("files that every container gets never land where an image's links lead")
    func linksInTheImage() throws {
        try withStore { llmbox, context in
            // CVE-2025-24965 and its kind: a link at each place that the runtime fills.
            let canary = context.appending("canary")
            mkdir(canary.string, 0o755)
            write("untouched\n", to: "file", in: canary)
            let dockerfile = """
                FROM base
                RUN rm -rf /run /tmp && for f in hosts hostname resolv.conf mtab; do ln -sf \(canary)/file /etc/$f; done; \
                    ln -s \(canary) /run && ln -s \(canary) /tmp && ln -s \(canary) /work
                """
            #expect(llmbox("build", "-q", "-t", "links", "-", input: Array(dockerfile.utf8)).status == 0)
            for extra in [[], ["-w", "/work/new"], ["--tmpfs", "/run/new"], ["-v", "v:/work/deep/er"]] {
                _ = run(llmbox, base + extra + ["links", "true"])
            }
            #expect(TestSupport.run(["ls", "-A", canary.string]).output == "file\n")
            #expect(TestSupport.run(["cat", canary.appending("file").string]).output == "untouched\n")
        }
    }

    @Test(
        "tables of users that are no honest files end the start soon, with words",
        arguments: [
            "ROW > /etc/passwd", "ln -s /proc/self/environ /etc/passwd", "ln -s HOST/table /etc/passwd",
            "mkfifo /etc/passwd", "mkdir /etc/passwd", "ln -s /etc/passwd /etc/passwd",
            "{ ROW; dd if=/dev/zero bs=1M count=5; } > /etc/passwd",
            "dd if=/dev/zero bs=1M count=3 | tr '\\0' a > /etc/passwd",
        ]
    )
    func userTables(make: String) throws {
        try withStore { llmbox, context in
            // CVE-2024-9341, CVE-2024-9676, CVE-2026-47262. A table that were read in spite of all would know the user.
            let row = "somebody:x:5:5::/:/bin/sh"
            write(row + "\n", to: "table", in: context)
            var script = ""
            for word in make.split(separator: " ", omittingEmptySubsequences: false) {
                let text = word.hasPrefix("HOST") ? context.string + word.dropFirst(4) : String(word)
                script += (word.hasPrefix("ROW") ? "echo \(row)" + word.dropFirst(3) : text) + " "
            }
            let dockerfile = "FROM base\nRUN rm /etc/passwd && \(script) 2>/dev/null\n"
            #expect(llmbox("build", "-q", "-t", "table", "-", input: Array(dockerfile.utf8)).status == 0)
            let result = run(llmbox, base + ["-u", "somebody", "table", "id", "-u"], limit: 30)
            if make.hasPrefix("ROW") {
                #expect(result.output == "5\n", "an honest table is read: \(result)")
            } else {
                #expect(result.status == 125 && result.errors.hasPrefix("error: "), "\(result)")
            }
        }
    }

    @Test(
        "a user that is a number is that number, and one beyond all numbers is nobody",
        arguments: ["4294967295", "4294967296", "2147483648:2147483648", "99999999999", "-1", "0x1", "+1"]
    )
    func userNumbers(user: String) throws {
        try withStore { llmbox, _ in
            // CVE-2024-40635, CVE-2026-46680, CVE-2026-30892; the image knows each by name, as root.
            let rows = "\(user.split(separator: ":")[0]):x:0:0::/:/bin/sh"
            let dockerfile =
                "FROM base\nRUN echo '\(rows)' > /etc/passwd && echo '1000:x:0:0::/:/bin/sh' >> /etc/passwd\n"
            #expect(llmbox("build", "-q", "-t", "rows", "-", input: Array(dockerfile.utf8)).status == 0)
            let isNumber = user.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || $0 == 58 }
            if isNumber { #expect(run(llmbox, base + ["-u", user, "rows", "id", "-u"]).status == 125) }
            // CVE-2016-3697.
            #expect(run(llmbox, base + ["-u", "1000", "rows", "id", "-u"]).output == "1000\n")
            #expect(run(llmbox, base + ["-u", "1", "rows", "id"]).output.hasPrefix("uid=1 gid=0"))
        }
    }

    @Test("neither capabilities to inherit, nor groups of the caller's, nor the caller's environment get inside")
    func inheritance() throws {
        try withStore { llmbox, _ in
            var llmbox = llmbox
            llmbox.environment["SECRET_OF_THE_CALLER"] = "s3cr3t"
            let look = "grep -E 'Cap(Inh|Amb)' /proc/self/status | cut -f 2; env | grep -c SECRET"
            let clean = "0000000000000000\n0000000000000000\n0\n"
            // CVE-2022-29162, CVE-2020-14370; for run, exec and build.
            #expect(run(llmbox, base + ["base", "sh", "-c", look]).output == clean)
            #expect(llmbox("run", "-d", "--name", "e", "--network", "none", "base", "sleep", "1000").status == 0)
            #expect(llmbox("exec", "e", "sh", "-c", look).output == clean)
            let dockerfile = "FROM base\nRUN { \(look); true; } > /result\n"
            #expect(llmbox("build", "-q", "-t", "look", "-", input: Array(dockerfile.utf8)).status == 0)
            #expect(run(llmbox, base + ["look", "cat", "/result"]).output == clean)
            // CVE-2022-36109: whom a group's permissions shut out stays out.
            let negative = "echo x > /f && chown 0:2000 /f && chmod 604 /f"
            let grouped = "FROM base\nRUN \(negative)\nUSER app\n"
            #expect(llmbox("build", "-q", "-t", "grouped", "-", input: Array(grouped.utf8)).status == 0)
            #expect(run(llmbox, base + ["grouped", "cat", "/f"]).status == 1)
            #expect(run(llmbox, base + ["-u", "daemon", "grouped", "cat", "/f"]).output == "x\n")
        }
    }

    @Test("what lies in the store is root's alone, and nothing listens by an abstract name")
    func outside() throws {
        try withStore { llmbox, _ in
            #expect(llmbox("run", "-d", "--name", "c", "--network", "host", "base", "sleep", "1000").status == 0)
            // CVE-2021-41091, CVE-2024-25621: users of the machine find no setuid programs of images.
            chmod(llmbox.root.removingLastComponent().string, 0o755)
            let look = "setpriv --reuid 65534 --regid 65534 --clear-groups ls \(llmbox.root)"
            #expect(TestSupport.run(["sh", "-c", look]).status != 0)
            // CVE-2020-15257.
            #expect(llmbox("exec", "c", "sh", "-c", "grep -c '@.*llmbox' /proc/net/unix").output == "0\n")
        }
    }

    @Test("a fork bomb stays inside its limit, and the machine goes on", .timeLimit(.minutes(15)))
    func forkBomb() throws {
        try withStore { llmbox, _ in
            let bomb = "f() { sleep 5 & f; }; f"
            let started = llmbox(
                "run",
                "-d",
                "--name",
                "b",
                "--network",
                "none",
                "--pids-limit",
                "40",
                "base",
                "sh",
                "-c",
                "while :; do ( \(bomb) ) 2>/dev/null; done"
            )
            try #require(started.status == 0, "\(started)")
            var most = 0
            // It is counted until it has been held at its limit for a while.
            var atLimit = 0
            eventually {
                let files = ["pids/llmbox", "llmbox"].map { "/sys/fs/cgroup/\($0)/\(started.line)/pids.current" }
                let found = run(["sh", "-c", "cat \(files.joined(separator: " ")) 2>/dev/null"]).line
                most = max(most, Int(found) ?? 0)
                atLimit += (Int(found) ?? 0) > 30 ? 1 : 0
                return atLimit > 20 || most > 40
            }
            #expect(most > 30 && most <= 40, "\(most)")
            #expect(llmbox("rm", "-f", "b").status == 0)
        }
    }

    private func run(_ words: [String]) -> CommandResult { TestSupport.run(words) }
}
