import Glibc
import SystemPackage
import TestSupport
import Testing

/// What containers of models get where nothing is said.
@Suite(.enabled(if: isRoot, "containers of this test need root"))
struct ModelDefaultsEndToEndTests {
    private static let script = """
        echo shm $(df -k /dev/shm | awk 'NR == 2 { print $2 }') first $(cat /proc/1/comm) stack $(ulimit -s)
        echo home $HF_HOME; echo $$ >> ${HF_HOME:-/tmp}/x; stat -c '%u:%g %a' ${HF_HOME%/*}
        """

    /// A store with an image that is labelled as a model's.
    private func withModel(_ body: (LLMBoxProgram) throws -> Void) throws {
        try withStore { llmbox, context in
            write("FROM base\nLABEL llmbox.model=tiny\n", to: "Dockerfile", in: context)
            let built = llmbox("build", "-q", "-t", "model", context.string)
            try #require(built.status == 0, "\(built)")
            try body(llmbox)
        }
    }

    private func run(_ llmbox: LLMBoxProgram, _ options: [String], image: String = "model") -> CommandResult {
        let words = ["run", "--rm", "--network", "none", "-m", "256m"] + options + [image, "sh", "-c", Self.script]
        return TestSupport.run([LLMBoxProgram.path] + words, environment: llmbox.environment)
    }

    @Test("a labelled image gets them, each user a directory of the cache that stays, and other images nothing")
    func applied() throws {
        try withModel { llmbox in
            let first = run(llmbox, [])
            #expect(first.output.contains("shm 131072 first llmbox-init stack 65536\n"), "\(first)")
            #expect(first.output.hasSuffix("home /var/cache/llmbox/huggingface\n0:0 700\n"), "\(first)")
            let other = run(llmbox, ["-u", "app", "--label", "llmbox.model=x"], image: "base")
            #expect(other.output.hasSuffix("home /var/cache/llmbox/huggingface\n1000:1000 700\n"), "\(other)")
            // What the first wrote is there, and what the other wrote is not.
            let again = llmbox("run", "--rm", "--network", "none", "model", "sh", "-c", "wc -l < $HF_HOME/x")
            #expect(again.line == "1", "\(again)")
            #expect(llmbox("volume", "ls", "-q").line == "llmbox-cache")
            // Who takes the mounts of another container gets the directory of its user, not those of all users.
            #expect(llmbox("create", "--name", "c", "--network", "none", "model", "true").status == 0)
            let words = ["run", "--rm", "--network", "none", "--volumes-from", "c"]
            let inherited = TestSupport.run(
                [LLMBoxProgram.path] + words + ["base", "ls", "/var/cache/llmbox"],
                environment: llmbox.environment
            )
            #expect(inherited.output == "huggingface\ntorch\ntorchinductor\ntriton\nvllm\n", "\(inherited)")
            let own = TestSupport.run(
                [LLMBoxProgram.path] + words + [
                    "-u", "app", "--label", "llmbox.model=x", "base", "stat", "-c", "%u", "/var/cache/llmbox",
                ],
                environment: llmbox.environment
            )
            #expect(own.line == "1000", "a model's own user has a directory there: \(own)")
            let plain = run(llmbox, [], image: "base")
            #expect(plain.output.contains("shm 65536 first sh ") && plain.output.contains("home\n"), "\(plain)")
        }
    }

    @Test("what the user says wins, and all of it can be turned off three ways")
    func overruled() throws {
        try withModel { llmbox in
            let said = run(
                llmbox,
                [
                    "--shm-size", "1m", "--init=false", "--ulimit", "stack=1048576", "-e", "HF_HOME=/tmp/mine/h",
                    "--tmpfs", "/tmp/mine:mode=711",
                ]
            )
            #expect(said.output.contains("shm 1024 first sh stack 1024\nhome /tmp/mine/h\n0:0 711\n"), "\(said)")
            var off = llmbox
            off.environment["LLMBOX_DOCKER_DEFAULTS"] = "1"
            for result in [
                run(llmbox, ["--docker-defaults"]), run(off, []), run(llmbox, ["--label", "llmbox.model=false"]),
            ] {
                #expect(result.output.contains("shm 65536 first sh ") && result.output.contains("home\n"), "\(result)")
            }
            let on = run(off, ["--docker-defaults=false"])
            #expect(on.output.contains("first llmbox-init"), "\(on)")
        }
    }

    @Test("inspect says which default was applied and why, and an image made of the container has none of it")
    func shown() throws {
        try withModel { llmbox in
            #expect(llmbox("create", "--name", "c", "--network", "none", "-m", "256m", "model", "true").status == 0)
            let format = "{{range .Defaults}}{{.Name}} {{.Value}} ({{.Reason}})\n{{end}}"
            let shown = llmbox("inspect", "--format", format, "c").output
            #expect(
                shown.contains("--shm-size 134217728 (label llmbox.model=tiny: half of the memory limit)\n"),
                "\(shown)"
            )
            #expect(shown.contains("--stop-timeout 60 (label llmbox.model=tiny)\n"), "\(shown)")
            #expect(shown.contains("--env HF_HOME=/var/cache/llmbox/huggingface (label"), "\(shown)")
            let settings = "{{.HostConfig.ShmSize}} {{.Config.StopTimeout}} {{.HostConfig.Init}}"
            #expect(llmbox("inspect", "--format", settings, "c").line == "134217728 60 true")
            #expect(llmbox("commit", "c", "made").status == 0)
            #expect(!llmbox("inspect", "--format", "{{json .Config}}", "made").output.contains("HF_HOME"))
        }
    }

    @Test("a limit that cannot be raised is said once, and the container runs")
    func refusedLimit() throws {
        try withModel { llmbox in
            let held = TestSupport.run(["bash", "-c", "ulimit -Hl"]).line
            let first = llmbox("run", "--rm", "--network", "none", "model", "sh", "-c", "ulimit -l")
            let second = llmbox("run", "--rm", "--network", "none", "model", "sh", "-c", "ulimit -l")
            #expect(first.status == 0 && [held, "unlimited"].contains(first.line), "\(first)")
            #expect(first.errors.contains("warning: keeping the limits of `memlock`") == (first.line != "unlimited"))
            #expect(second.errors == "", "\(second)")
            // A wish of the user's is told each time that it cannot be met.
            let wish = llmbox(
                "run",
                "--rm",
                "--network",
                "none",
                "--ulimit",
                "memlock=-1",
                "base",
                "sh",
                "-c",
                "ulimit -l"
            )
            #expect(wish.status == 0 && wish.errors.contains("`memlock`") == (wish.line != "unlimited"), "\(wish)")
        }
    }
}
