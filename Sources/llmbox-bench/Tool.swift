/// A tool that the benchmark compares, as the command lines that do the same work.
struct Tool {
    /// The name in the table.
    var name: String
    /// What it says of its version.
    var version: String
    /// Whether the figures of memory and written bytes are its own, not a daemon's.
    var doesItsOwnWork = true
    /// Environment of every command.
    var environment: [String: String] = [:]
    /// Makes the base image.
    var importBase: [String]?
    /// Builds the image with the weights.
    var build: [String]?
    /// The program with its options, which `tag bench NAME` and `push NAME` follow.
    var images: [String]?
    /// Options of `push` for a registry on loopback.
    var pushOptions: [String] = []
    /// Runs `true`, by the name of the network.
    var run: [String: [String]] = [:]
    /// The directory whose growth is measured.
    var store: String?
    /// Removes what the tool made, apart from files in the work directory.
    var cleanUp: [[String]] = []
}

/// The tools that this machine has.
enum Toolbox {
    /// llmbox itself, from beside the benchmark's own executable.
    static func llmbox(_ work: Workload, program: String) -> Tool {
        let store = "\(work.directory)/llmbox"
        let base = [program, "--root", store]
        return Tool(
            name: "llmbox",
            version: firstLine([program, "--version"]),
            importBase: base + ["import", work.baseTar, "bench-base"],
            build: base + ["build", "-q", "-t", "bench", work.context],
            images: base,
            run: runs(base + ["run", "--rm"], image: "bench-base", networks: ["none", "host", "bridge"]),
            store: store
        )
    }

    /// podman, with runc and without raising limits where that is refused.
    static func podman(_ work: Workload) -> Tool? {
        guard Command.exists("podman"), Command.exists("runc") else { return nil }
        let store = "\(work.directory)/podman"
        let base = [
            "podman", "--root", store, "--runroot", "\(store)-run", "--storage-driver", "overlay", "--runtime", "runc",
        ]
        let limits = ["--ulimit", "nproc=1000:1000", "--ulimit", "nofile=1000:1000"]
        return Tool(
            name: "podman + runc",
            version: firstLine(["podman", "--version"]),
            importBase: base + ["import", work.baseTar, "bench-base"],
            build: base + ["build", "-q", "--layers", "-t", "bench", work.context],
            images: base,
            pushOptions: ["--tls-verify=false"],
            run: runs(base + ["run", "--rm"] + limits, image: "bench-base", networks: ["none", "host", "bridge"]),
            store: store,
            cleanUp: [base + ["system", "reset", "-f"]]
        )
    }

    /// docker, when its daemon answers.
    static func docker(_ work: Workload) -> Tool? {
        guard Command.exists("docker"), Command.run(["docker", "info"]).status == 0 else { return nil }
        return Tool(
            name: "docker",
            version: firstLine(["docker", "version", "--format", "docker {{.Server.Version}}"]),
            doesItsOwnWork: false,
            environment: ["DOCKER_BUILDKIT": "1"],
            importBase: ["docker", "import", work.baseTar, "bench-base"],
            build: ["docker", "build", "-q", "-t", "bench", work.context],
            images: ["docker"],
            run: runs(["docker", "run", "--rm"], image: "bench-base", networks: ["none", "host", "bridge"]),
            cleanUp: [["docker", "rmi", "-f", "bench", "bench-base"], ["docker", "builder", "prune", "-f"]]
        )
    }

    /// Bare runc on an unpacked bundle: the floor of podman and docker, without any image or network.
    static func runc(_ work: Workload) -> Tool? {
        guard Command.exists("runc") else { return nil }
        let bundle = "\(work.directory)/bundle"
        let script = """
            mkdir -p \(bundle) && cd \(bundle) && rm -f config.json && runc spec && \
            sed -i -e 's|"terminal": true|"terminal": false|' -e 's|"sh"|"/bin/true"|' \
            -e 's|"path": "rootfs"|"path": "\(work.baseTree)"|' config.json
            """
        guard Command.run(["sh", "-c", script]).status == 0 else { return nil }
        return Tool(
            name: "runc alone",
            version: firstLine(["runc", "--version"]),
            run: ["none": ["runc", "run", "--bundle", bundle, "llmbox-bench"]]
        )
    }

    private static func runs(_ base: [String], image: String, networks: [String]) -> [String: [String]] {
        var result: [String: [String]] = [:]
        for network in networks { result[network] = base + ["--network", network, image, "true"] }
        return result
    }

    private static func firstLine(_ command: [String]) -> String {
        Command.run(command).output.split(separator: "\n").first.map(String.init) ?? ""
    }
}
