internal import Glibc
internal import SystemPackage
internal import TestSupport
internal import Testing

/// The Dockerfiles of teams and of well-known servers, really built: on a Debian system in the place of their bases, with
/// apt and pip taking tiny packages from the image itself, and programs that only pretend in the place of compilers.
@Suite(
    "Server images",
    .enabled(if: isRoot, "building mounts overlays, which needs root"),
    .enabled(if: DebianTree.isThere, "needs a Debian that `Tests/run` makes in .build/debian-python.tar")
)
struct ServerImageTests {
    /// A Dockerfile, and what the container of its image says.
    struct Server: Sendable {
        var name: String
        var options: [String] = []
        var says: String
    }

    private static let servers = [
        Server(name: "practice-inference", says: "2.0.1+cu118 4.30.2 0.20.3 weights\n"),
        Server(name: "practice-metrics", says: "2.0.1+cu118 4.30.2 0.20.0 weights\n"),
        Server(name: "llama-cpp-server", says: "llama-server on 0.0.0.0\n"),
        Server(name: "llama-cpp-server", options: ["--target", "light"], says: "llama-cli on\n"),
        Server(name: "ollama", says: "ollama serve at 0.0.0.0:11434\n"),
        Server(
            name: "sglang",
            options: ["--build-arg", "BRANCH_TYPE=local"],
            says: "sglang 2.0.1+cu118 4.30.2 --host 0.0.0.0 --port 30000\n"
        ),
        Server(name: "tgi", says: "custom_kernels\nflash_attn\nlauncher on port 80 --json-output\n"),
        Server(
            name: "vllm",
            options: ["--build-arg", "PYTHON_VERSION=3.11"],
            says: "vllm 2.0.1+cu118 production-docker-image\n"
        ),
    ]

    private static let bases = [
        "lukemathwalker/cargo-chef:latest-rust-1.85", "nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04",
        "nvidia/cuda:12.4.0-devel-ubuntu22.04", "nvidia/cuda:12.4.0-runtime-ubuntu22.04",
        "nvidia/cuda:12.4.1-base-ubuntu22.04", "nvidia/cuda:12.4.1-devel-ubuntu22.04",
        "nvidia/cuda:12.6.1-cudnn-devel-ubuntu22.04", "nvidia/cuda:12.8.1-devel-ubuntu22.04",
        "nvidia/cuda:12.8.1-runtime-ubuntu22.04", "ubuntu:20.04",
    ]

    @Test("they are built from Dockerfile to a container that answers, without a network")
    func servers() throws {
        try withStore { llmbox, directory in
            try makeBases(llmbox, in: directory)
            let goldens = FilePath(DockerfileCase.directory)
                .removingLastComponent().removingLastComponent().appending("BuildPlanningTests/Goldens")
            for server in Self.servers {
                let words =
                    ["build", "--network", "none", "-t", server.name, "-f", "\(goldens)/\(server.name).Dockerfile"]
                    + server.options + ["\(directory)/contexts/\(server.name)"]
                let built = run([LLMBoxProgram.path] + words, environment: llmbox.environment, limit: 600)
                #expect(built.status == 0, "\(server.name): \(built.errors)")
                let said = llmbox("run", "--rm", "--network", "none", server.name)
                #expect(said.output == server.says, "\(server.name): \(said.errors)")
            }
        }
    }

    private func makeBases(_ llmbox: LLMBoxProgram, in directory: FilePath) throws {
        let script = """
            set -e
            python3 '\(DockerfileCase.directory)/stand-in.py' '\(directory)'
            '\(LLMBoxProgram.path)' import '\(DebianTree.path)' debian
            """
        let made = run(["bash", "-c", script], environment: llmbox.environment, limit: 900)
        try #require(made.status == 0, "\(made.errors)")
        let steps = """
            FROM debian AS stand-in
            COPY root /
            RUN rm -f /usr/lib/python3.*/EXTERNALLY-MANAGED /etc/apt/sources.list.d/*
            FROM stand-in
            # Red Hat's shell is bash.
            RUN ln -sf bash /bin/sh
            """
        write(steps, to: "Dockerfile", in: directory)
        for options in [["-t", "stand-in", "--target", "stand-in"], ["-t", "rocm/dev-almalinux-8:6.3.3-complete"]] {
            let words = ["build", "-q", "--network", "none"] + options + [directory.string]
            let built = run([LLMBoxProgram.path] + words, environment: llmbox.environment, limit: 600)
            try #require(built.status == 0, "\(built.errors)")
        }
        for base in Self.bases { #expect(llmbox("tag", "stand-in", base).status == 0) }
    }
}

/// A small Debian with Python, made before the tests begin, which need no network.
private enum DebianTree {
    static let path = FilePath("\(#filePath)").removingLastComponent().removingLastComponent().removingLastComponent()
        .appending(".build/debian-python.tar")
    static var isThere: Bool { access(path.string, R_OK) == 0 }
}
