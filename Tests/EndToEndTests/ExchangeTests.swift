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
}
