internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "the builds of this test need root"))
struct HubTests {
    private func sums(_ llmbox: LLMBoxProgram, _ image: String, _ directory: String) -> String {
        let script = "cd \(directory) && find . -type f | sort | while read f; do sha256sum \"$f\"; done"
        return llmbox("run", "--rm", "--network", "none", image, "sh", "-c", script).output
    }

    @Test("ADD hf:// brings a repository, a directory, a file or a pattern, pinned to the commit")
    func add() throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                var llmbox = program
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                write("hub\n", to: ".dockerignore", in: context)
                write(
                    """
                    FROM base
                    ADD hf://Ada/Tiny /all/
                    ADD hf://Ada/Tiny@v1/sub /sub/
                    ADD hf://Ada/Tiny@refs%2Fpr%2F1/config.json /renamed.json
                    ADD --exclude=*.bin hf://Ada/Tiny/*.* /some/
                    """,
                    to: "Dockerfile",
                    in: context
                )
                let built = llmbox("build", "--network", "none", "-t", "app", context.string)
                try #require(built.status == 0, "\(built.errors)")
                let wanted = run([
                    "sh", "-c",
                    "cd \(hub.directory)/repo && find . -type f | sort | while read f; do sha256sum \"$f\"; done",
                ]).output
                #expect(sums(llmbox, "app", "/all") == wanted)
                #expect(
                    llmbox("run", "--rm", "--network", "none", "app", "ls", "/sub", "/some").output == """
                        /some:
                        config.json
                        model-1 of 2.safetensors

                        /sub:
                        LICENSE

                        """
                )
                #expect(
                    llmbox("run", "--rm", "--network", "none", "app", "cat", "/renamed.json").output.contains("\"a\"")
                )
                // Nothing has changed: the hub is asked what the branch is, and nothing more.
                unlink(hub.directory.appending("log").string)
                let again = llmbox("build", "--network", "none", "--progress", "plain", "-t", "app", context.string)
                #expect(again.errors.contains("CACHED"))
                #expect(hub.log.allSatisfy { $0.contains("/revision/") }, "\(hub.log)")
                // A commit that is written out needs no hub at all.
                write("FROM base\nADD hf://Ada/Tiny@\(hub.commit)/config.json /c\n", to: "Dockerfile", in: context)
                try #require(llmbox("build", "--network", "none", context.string).status == 0)
                unlink(hub.directory.appending("log").string)
                try #require(llmbox("build", "--network", "none", context.string).status == 0)
                #expect(hub.log.isEmpty, "\(hub.log)")
                // A changed file is another commit.
                write("changed", to: "repo/config.json", in: hub.directory)
                write("FROM base\nADD hf://Ada/Tiny/config.json /c\nRUN cat /c\n", to: "Dockerfile", in: context)
                let changed = llmbox("build", "--network", "none", "--progress", "plain", context.string)
                #expect(changed.errors.contains("changed"), "\(changed.errors)")
            }
        }
    }

    @Test("a transfer that breaks goes on where it was, also in the next attempt, and a wrong byte is never taken")
    func faults() throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                var llmbox = program
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                write("hub\n", to: ".dockerignore", in: context)
                write("FROM base\nADD hf://Ada/Tiny /m/\n", to: "Dockerfile", in: context)
                // Every answer ends after 700 kB: the next request asks for the rest.
                hub.cut(after: 700_000)
                let built = llmbox("build", "--network", "none", "-t", "one", context.string)
                #expect(built.status == 0, "\(built.errors)")
                #expect(hub.log.contains { $0.contains("bytes=700000-") }, "\(hub.log)")
                // A killed build leaves what it has for the next.
                try #require(llmbox("rmi", "-f", "one").status == 0)
                try #require(llmbox("builder", "prune", "-f").status == 0)
                // So little at a time that the server's patience is what ends it.
                write("slow", to: "slow", in: hub.directory)
                hub.cut(after: 0)
                let failed = llmbox("build", "--network", "none", "-t", "one", context.string)
                #expect(failed.status != 0 && failed.errors.contains("model-"), "\(failed)")
                hub.cut(after: nil)
                let done = llmbox("build", "--network", "none", "-t", "one", context.string)
                #expect(done.status == 0, "\(done.errors)")
                let models = llmbox.root.appending("models").string
                #expect(run(["ls", models]).line == "in-use.lock", "nothing is left when all is there")

                try #require(llmbox("rmi", "-f", "one").status == 0)
                try #require(llmbox("builder", "prune", "-f").status == 0)
                write("1", to: "damage", in: hub.directory)
                let wrong = llmbox("build", "--network", "none", "-t", "wrong", context.string)
                #expect(wrong.status == 1 && wrong.errors.contains("its digest is"), "\(wrong.errors)")
                #expect(llmbox("images", "-q", "wrong").output.isEmpty)
                #expect(llmbox("system", "check").status == 0)
            }
        }
    }

    @Test("a large file that comes slowly over one connection comes over several, from where the hub keeps it")
    func slowFile() throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                var llmbox = program
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                let slow = "\(hub.directory)/repo/slow.bin"
                #expect(run(["sh", "-c", "head -c 64M /dev/urandom >\(slow)"]).status == 0)
                write("\(12 << 20)", to: "rate", in: hub.directory)
                unlink(hub.directory.appending("log").string)
                let pulled = llmbox("pull", "-q", "hf://Ada/Tiny/slow.bin")
                try #require(pulled.status == 0, "\(pulled.errors)")
                let parts = hub.log.filter { $0.contains("/cdn/") }
                #expect(parts.count > 10, "\(parts)")
                // Where the hub has sent us we go again by ourselves: it is asked once.
                #expect(hub.log.count { $0.contains("/resolve/") } == 1, "\(hub.log)")
                let trees = llmbox.root.appending("layers").string
                let found = run(["find", trees, "-name", "slow.bin", "-exec", "cmp", "-s", slow, "{}", ";", "-print"])
                #expect(found.line.hasSuffix("slow.bin"), "\(found)")
                #expect(llmbox("system", "check").status == 0)
            }
        }
    }

    @Test("the token goes to the hub and nowhere else, from the environment or from a secret")
    func token() throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                var llmbox = program
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                write("hub\n", to: ".dockerignore", in: context)
                write("hf_secret", to: "token", in: hub.directory)
                write("FROM base\nADD hf://Ada/Tiny/model-2.bin /m\n", to: "Dockerfile", in: context)
                let refused = llmbox("build", "--network", "none", context.string)
                #expect(refused.status == 1 && refused.errors.contains("HF_TOKEN"), "\(refused.errors)")
                let file = hub.directory.appending("token").string
                let built = llmbox(
                    "build",
                    "--network",
                    "none",
                    "--secret",
                    "id=HF_TOKEN,src=\(file)",
                    "-t",
                    "a",
                    context.string
                )
                #expect(built.status == 0, "\(built.errors)")
                #expect(hub.log.filter { $0.contains("/cdn/") }.allSatisfy { $0.hasSuffix("nobody") }, "\(hub.log)")
                llmbox.environment["HF_TOKEN"] = "hf_secret"
                #expect(llmbox("build", "--network", "none", "--no-cache", context.string).status == 0)
                let found = run(["grep", "-rl", "hf_secret", llmbox.root.string])
                #expect(found.output.isEmpty, "the token is in \(found.output)")
            }
        }
    }

    @Test("pull hf:// makes an image of a model")
    func pull() throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                var llmbox = program
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                let pulled = llmbox("pull", "hf://Ada/Tiny")
                try #require(pulled.status == 0, "\(pulled.errors)")
                #expect(pulled.output.hasSuffix("hf.co/ada/tiny:main\n"), "\(pulled.output)")
                let labels = llmbox("inspect", "-f", "{{json .Config.Labels}}", "hf.co/ada/tiny:main").output
                #expect(labels.contains(hub.commit), "\(labels)")
                write("FROM base\nCOPY --from=hf.co/ada/tiny:main / /models/\n", to: "Dockerfile", in: context)
                write("hub\n", to: ".dockerignore", in: context)
                try #require(llmbox("build", "--network", "none", "-t", "app", context.string).status == 0)
                let wanted = run([
                    "sh", "-c",
                    "cd \(hub.directory)/repo && find . -type f | sort | while read f; do sha256sum \"$f\"; done",
                ]).output
                #expect(sums(llmbox, "app", "/models") == wanted)
                #expect(llmbox("pull", "-q", "hf://Ada/Tiny/config.json").line == "hf.co/ada/tiny:main-config.json")
                let missing = llmbox("pull", "hf://Ada/Missing")
                #expect(missing.status == 1 && missing.errors.contains("no such repository"), "\(missing.errors)")
                #expect(llmbox("pull", "hf://Ada").errors.contains("hf://OWNER/NAME"))
            }
        }
    }

    @Test("names of files that lead elsewhere are refused", arguments: ["../../evil", "/evil", "a//b", "a/../../evil"])
    func hostile(name: String) throws {
        try withStore { program, context in
            try withHub(in: context) { hub in
                var llmbox = program
                llmbox.environment["HF_ENDPOINT"] = hub.endpoint
                write(name, to: "evil", in: hub.directory)
                write("hub\n", to: ".dockerignore", in: context)
                write("FROM base\nADD hf://Ada/Tiny /m/\n", to: "Dockerfile", in: context)
                let built = llmbox("build", "--network", "none", context.string)
                #expect(built.status == 1 && built.errors.contains("it has a file with the name"), "\(built.errors)")
            }
        }
    }
}
