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
    /// The command up to the build's own arguments; a context is added to it.
    var build: [String]?
    /// The program with its options, which `tag bench NAME` and `push NAME` follow.
    var images: [String]?
    /// Options of `push` for a registry on loopback.
    var pushOptions: [String] = []
    /// The options that make a build ignore the cache.
    var withoutCache = ["--no-cache"]
    /// The options that make a build show what its steps write.
    var showingOutput: [String] = []
    /// Runs `true`, by the name of the network.
    var run: [String: [String]] = [:]
    /// Imports a tar file as an image: the file and the name follow.
    var importer: [String]?
    /// Pulls the image whose name follows, into a store that the commands of `emptyStore` empty.
    var pull: [String]?
    /// Makes the store of pulls empty.
    var emptyStore: [[String]] = []
    /// The directory of the store of pulls.
    var pullStore: String?
    /// How it keeps containers.
    var containers: ContainerCommands?
    /// The directory whose growth is measured.
    var store: String?
    /// Removes what the tool made, apart from files in the work directory.
    var cleanUp: [[String]] = []
}

/// How a tool keeps containers.
struct ContainerCommands {
    /// The program with its options.
    var program: [String]
    /// Options of `create` and `run`.
    var options: [String] = []
    /// A directory that the command lines of its processes name.
    var place: String
    /// Whether a thousand containers are made in a time that somebody would wait.
    var makesThousands = false
    /// A word of the command line of the process that watches a container.
    var monitor: String?
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
            build: base + ["build", "-t", "bench", "--network", "none"],
            images: base,
            showingOutput: ["--progress", "plain"],
            run: runs(base + ["run", "--rm"], image: "bench-base", networks: ["none", "host", "bridge"]),
            importer: base + ["import"],
            pull: [program, "--root", "\(store)-pull", "pull"],
            emptyStore: [["rm", "-rf", "\(store)-pull"], ["mkdir", "\(store)-pull"]],
            pullStore: "\(store)-pull",
            containers: ContainerCommands(
                program: base,
                place: work.directory,
                makesThousands: true,
                monitor: "--monitor"
            ),
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
            run: runs(base + ["run", "--rm"] + limits, image: "bench-base", networks: ["none", "host", "bridge"]),
            pull: [
                "podman", "--root", "\(store)-pull", "--runroot", "\(store)-pull-run", "--storage-driver", "overlay",
                "pull", "--tls-verify=false",
            ],
            emptyStore: [
                [
                    "podman", "--root", "\(store)-pull", "--runroot", "\(store)-pull-run", "--storage-driver",
                    "overlay",
                    "rmi", "--all", "--force",
                ]
            ],
            pullStore: "\(store)-pull",
            containers: ContainerCommands(program: base, options: limits, place: work.directory, monitor: "conmon"),
            store: store,
            cleanUp: [base + ["system", "reset", "-f"]]
        )
    }

    /// buildah, with steps isolated by a chroot because runc may not raise limits everywhere.
    static func buildah(_ work: Workload) -> Tool? {
        guard Command.exists("buildah") else { return nil }
        let store = "\(work.directory)/buildah"
        let base = ["buildah", "--root", store, "--runroot", "\(store)-run", "--storage-driver", "overlay"]
        let build = base + ["bud", "--layers", "--isolation", "chroot"]
        return Tool(
            name: "buildah",
            version: firstLine(["buildah", "--version"]),
            importBase: build + ["-t", "localhost/bench-base", work.baseContext],
            build: build + ["-t", "bench"],
            images: base,
            pushOptions: ["--tls-verify=false"],
            store: store,
            cleanUp: [base + ["rmi", "--all", "--force"]]
        )
    }

    /// docker with BuildKit, by a daemon of the benchmark's own; nil where it is not installed or does not start.
    static func docker(_ work: Workload) -> (tool: Tool, daemon: DockerDaemon)? {
        // The client that came with the daemon: a newer one builds only with a plugin.
        let client = ["/usr/bin/docker", "docker"].first { Command.exists($0) }
        guard let client, Command.exists("dockerd") else {
            Command.say("docker is not installed and is left out\n")
            return nil
        }
        guard let daemon = DockerDaemon(directory: "\(work.directory)/docker", client: client) else {
            Command.say("dockerd does not start here and docker is left out\n")
            return nil
        }
        let tool = Tool(
            name: "docker + BuildKit",
            version: firstLine([client, "-H", daemon.address, "version", "--format", "docker {{.Server.Version}}"]),
            doesItsOwnWork: false,
            environment: ["DOCKER_BUILDKIT": "1", "DOCKER_HOST": daemon.address],
            importBase: [client, "import", work.baseTar, "bench-base"],
            build: [client, "build", "-t", "bench", "--network", "none"],
            images: [client],
            showingOutput: ["--progress", "plain"],
            pull: [client, "pull"],
            emptyStore: [
                ["sh", "-c", "\(client) images -q | xargs -r \(client) rmi -f"], [client, "builder", "prune", "-af"],
            ],
            pullStore: daemon.store,
            store: daemon.store
        )
        return (tool, daemon)
    }

    /// docker with the bridge that it has by default, in a network namespace of its own: for containers alone.
    static func networkedDocker(_ work: Workload) -> (tool: Tool, daemon: DockerDaemon)? {
        let client = ["/usr/bin/docker", "docker"].first { Command.exists($0) }
        guard let client, Command.exists("dockerd"), Command.exists("ip"), Command.exists("iptables") else {
            return nil
        }
        let directory = "\(work.directory)/docker-net"
        guard let daemon = DockerDaemon(directory: directory, client: client, ownNetwork: true) else {
            Command.say("dockerd does not start in a network of its own, and docker's containers are left out\n")
            return nil
        }
        let tool = Tool(
            name: "docker + BuildKit",
            version: "",
            environment: ["DOCKER_HOST": daemon.address],
            importBase: [client, "import", work.baseTar, "bench-base"],
            run: runs([client, "run", "--rm"], image: "bench-base", networks: ["none", "host", "bridge"]),
            containers: ContainerCommands(
                program: [client, "-H", daemon.address],
                place: work.directory,
                monitor: "containerd-shim-runc-v2"
            )
        )
        return (tool, daemon)
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
