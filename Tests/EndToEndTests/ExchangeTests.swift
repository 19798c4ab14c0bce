internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

@Suite(.enabled(if: isRoot, "the peers of this test need root"))
struct ExchangeTests {
    @Test("skopeo and podman take a saved image, and podman runs it")
    func save() throws {
        try withStore { llmbox, context in
            write(
                "FROM base\nRUN echo made > /made\nENV A=b\nCMD [\"cat\", \"/made\"]\n",
                to: "Dockerfile",
                in: context
            )
            let built = llmbox("build", "-t", "app:v1", context.string)
            try #require(built.status == 0, "\(built.errors)")
            let archive = context.appending("app.tar").string
            try #require(llmbox("save", "-o", archive, "app:v1").status == 0)

            let layout = context.appending("layout").string
            let copied = run(["skopeo", "copy", "-q", "oci-archive:\(archive)", "oci:\(layout):v1"])
            #expect(copied.status == 0, "\(copied.errors)")
            let config = run(["skopeo", "inspect", "--config", "oci:\(layout):v1"])
            #expect(config.output.contains("A=b"))

            let store = context.appending("podman").string
            let podman = [
                "podman", "--root", store, "--runroot", "\(store)-run", "--storage-driver", "vfs", "--runtime", "runc",
            ]
            defer { _ = run(podman + ["system", "reset", "-f"]) }
            let loaded = run(podman + ["load", "-i", archive])
            try #require(loaded.status == 0, "\(loaded.errors)")
            let limits = ["--ulimit", "nproc=1000:1000", "--ulimit", "nofile=1000:1000"]
            let ran = run(podman + ["run", "--rm", "--network", "none"] + limits + ["docker.io/library/app:v1"])
            #expect(ran.output == "made\n", "\(ran)")
        }
    }

    @Test("what was saved loads into an empty store as the same image")
    func load() throws {
        try withStore { llmbox, context in
            let archive = context.appending("base.tar").string
            try #require(llmbox("save", "-o", archive, "base").status == 0)
            let other = LLMBoxProgram(root: context.appending("other"))
            let loaded = other("load", "-i", archive)
            #expect(loaded.line == "Loaded image: base:latest", "\(loaded)")
            #expect(other("images", "-q", "--no-trunc").line == llmbox("images", "-q", "--no-trunc").line)
            #expect(other("run", "--rm", "--network", "none", "base", "echo", "runs").line == "runs")
        }
    }

    @Test(
        "skopeo reads every form with every compression, and so does an empty store",
        arguments: [
            ("docker-archive", "docker-archive:"), ("oci-archive", "oci-archive:"), ("oci-dir", "oci:"),
            ("docker-dir", "dir:"),
        ]
    )
    func forms(format: String, transport: String) throws {
        try withStore { llmbox, context in
            let id = llmbox("images", "-q", "--no-trunc").line
            for compression in ["none", "gzip", "zstd", "auto"] where (format, compression) != ("docker-dir", "zstd") {
                let path = context.appending("\(compression)").string
                let words = ["save", "--format", format, "--compression", compression, "-o", path, "base"]
                let saved = run([LLMBoxProgram.path] + words, environment: llmbox.environment)
                try #require(saved.status == 0, "\(compression): \(saved.errors)")
                let copied = run([
                    "skopeo", "copy", "-q", transport + path, "oci:\(context.string)/copy-\(compression)",
                ])
                #expect(copied.status == 0, "\(compression): \(copied.errors)")
                let other = LLMBoxProgram(root: context.appending("other-\(compression)"))
                let loaded = other("load", "-i", path)
                #expect(loaded.status == 0 && loaded.line.hasPrefix("Loaded image"), "\(compression): \(loaded)")
                #expect(other("images", "-q", "--no-trunc").line == id)
                #expect(other("system", "check").status == 0)
            }
        }
    }

    @Test(
        "load understands compressed archives on standard input",
        arguments: ["gzip -c", "zstd -qc", "xz -c", "bzip2 -c"]
    )
    func compressed(command: String) throws {
        try withStore { llmbox, context in
            let other = LLMBoxProgram(root: context.appending("other"))
            let script = "\(LLMBoxProgram.path) save base | \(command) > \(context.string)/a"
            try #require(run(["bash", "-c", script], environment: llmbox.environment).status == 0)
            let loaded = run(
                ["sh", "-c", "\(LLMBoxProgram.path) load < \(context.string)/a"],
                environment: other.environment
            )
            #expect(loaded.line == "Loaded image: base:latest", "\(loaded.errors)")
        }
    }

    @Test("a save that cannot be is refused before anything is written")
    func refused() throws {
        try withStore { llmbox, context in
            llmbox("tag", "base", "second:1")
            let path = context.appending("x").string
            for words in [
                ["--format", "tar", "-o", path, "base"], ["--format", "oci-dir", "base"],
                ["--compression", "zstd", "--format", "docker-dir", "-o", path, "base"],
                ["--compression", "lzma", "-o", path, "base"], ["-o", path, "missing"],
                ["--platform", "linux/s390x", "-o", path, "base"],
            ] {
                let saved = run([LLMBoxProgram.path, "save"] + words, environment: llmbox.environment)
                #expect(saved.status != 0 && !saved.errors.isEmpty, "\(words): \(saved)")
                #expect(access(path, F_OK) != 0, "\(words) left something")
            }
            // Two names of one image are one image with two names.
            let both = LLMBoxProgram(root: context.appending("other"))
            #expect(llmbox("save", "-o", path, "base", "second:1").status == 0)
            #expect(both("load", "-i", path).output == "Loaded image: base:latest\nLoaded image: second:1\n")
        }
    }
}
