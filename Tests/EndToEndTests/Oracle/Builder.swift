internal import Glibc
internal import SystemPackage
internal import TestSupport

/// What building a case gave.
enum BuildOutcome {
    /// The image, as lines.
    case built([String])
    /// The build failed with this message.
    case failed(String)

    /// The lines to compare; of a failure only that it is one.
    var lines: [String] {
        switch self {
        case .built(let lines): lines
        case .failed: ["fails"]
        }
    }
}

/// A program that builds Dockerfiles.
protocol Builder {
    /// What it is called in the cases.
    static var name: String { get }
    /// Its version.
    var version: String { get }
    /// Whether its history is spelled like ours and so is compared.
    static var hasComparableHistory: Bool { get }

    /// Takes in a base image that lies in an archive.
    func load(_ archive: String, as name: String) throws
    /// Builds the case in the prepared `context` and saves the image as `archive`.
    func build(_ testCase: DockerfileCase, context: String, archive: String) -> CommandResult
}

extension Builder {
    /// Builds one case in a directory of its own.
    func outcome(of testCase: DockerfileCase, in sandbox: FilePath, base: FlatImage) throws -> BuildOutcome {
        let context = sandbox.appending("context-\(Self.name)")
        defer { removeTree(context.string) }
        try testCase.prepare(in: context)
        let archive = sandbox.appending("\(Self.name).tar").string
        defer { unlink(archive) }
        let begun = time(nil)
        let result = build(testCase, context: context.string, archive: archive)
        guard result.status == 0 else { return .failed(result.errors + result.output) }
        let image = try FlatImage(archive: archive, above: base)
        var lines = image.description(comparedWith: base, begun: begun)
        if !Self.hasComparableHistory { lines.removeAll { $0.hasPrefix("history ") } }
        return .built(lines)
    }
}

/// The program under test.
struct LLMBoxBuilder: Builder {
    static let name = "llmbox"
    static let hasComparableHistory = true
    let program: LLMBoxProgram
    var version: String { program("version").line }

    init(root: FilePath) {
        program = LLMBoxProgram(root: root, environment: ["ORACLE_ENV": "from-caller"])
    }

    func load(_ archive: String, as name: String) throws {
        let loaded = program("load", "-i", archive)
        guard loaded.status == 0 else { throw OracleError.peer(Self.name, loaded.errors) }
    }

    func build(_ testCase: DockerfileCase, context: String, archive: String) -> CommandResult {
        let script = """
            cd '\(context)' && "$0" build --progress plain --no-cache --network none -t result "$@" . && \
            "$0" save -o '\(archive)' result
            """
        return run(["sh", "-c", script, LLMBoxProgram.path] + testCase.flags, environment: program.environment)
    }
}

/// buildah, with a store of its own.
struct BuildahBuilder: Builder {
    static let name = "buildah"
    static let hasComparableHistory = false
    let root: FilePath
    let version: String

    /// Nil where buildah is not installed.
    init?(root: FilePath) {
        self.root = root
        let words = run(["buildah", "--version"]).line.split(separator: " ")
        guard words.count > 2 else { return nil }
        version = String(words[2])
    }

    private var options: [String] {
        ["--root", root.appending("root").string, "--runroot", root.appending("run").string, "--storage-driver", "vfs"]
    }

    func load(_ archive: String, as name: String) throws {
        let place = "vfs@\(root.appending("root"))+\(root.appending("run"))"
        let words = [
            "skopeo", "copy", "docker-archive:\(archive)", "containers-storage:[\(place)]localhost/\(name):latest",
        ]
        let loaded = run(words)
        guard loaded.status == 0 else { throw OracleError.peer(Self.name, loaded.errors) }
    }

    func build(_ testCase: DockerfileCase, context: String, archive: String) -> CommandResult {
        // Without a network of its own: `--isolation chroot` can only share the host's, and no case uses it.
        let script = """
            cd '\(context)' && buildah \(options.joined(separator: " ")) bud --isolation chroot --pull=never --no-cache \
            --layers --format docker --network host -t result "$@" . && \
            buildah \(options.joined(separator: " ")) push -q localhost/result 'docker-archive:\(archive)'
            """
        return run(["sh", "-c", script, "sh"] + testCase.flags, environment: ["ORACLE_ENV": "from-caller"])
    }

    func remove() {
        _ = run(["buildah"] + options + ["rm", "-a"])
        _ = run(["buildah"] + options + ["rmi", "-af"])
        removeTree(root.string)
    }
}

/// BuildKit inside a docker daemon that is started for the purpose, without network and with a private directory.
struct BuildKitBuilder: Builder {
    static let name = "buildkit"
    static let hasComparableHistory = true
    let root: FilePath
    let version: String
    private let daemon: String

    /// Nil where docker is not installed.
    init?(root: FilePath) {
        self.root = root
        mkdir(root.string, 0o755)
        // The test runner may have blocked SIGTERM, and what is blocked is inherited.
        let start =
            "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); os.execvp(sys.argv[1], sys.argv[1:])"
        let script = """
            python3 -c '\(start)' dockerd --data-root '\(root)/data' --exec-root '\(root)/exec' --pidfile '\(root)/pid' \
            -H 'unix://\(root)/socket' --iptables=false --ip-masq=false --bridge=none --storage-driver=overlay2 \
            >'\(root)/log' 2>&1 & echo $!
            """
        daemon = run(["sh", "-c", script]).line
        var answer = ""
        for _ in 0..<100 where answer.isEmpty {
            usleep(100_000)
            answer = Self.docker(root, ["version", "-f", "{{.Server.Version}}"]).line
        }
        guard !answer.isEmpty else { return nil }
        version = "of dockerd \(answer)"
    }

    private static func docker(_ root: FilePath, _ arguments: [String]) -> CommandResult {
        run(["/usr/bin/docker", "-H", "unix://\(root)/socket"] + arguments)
    }

    func load(_ archive: String, as name: String) throws {
        let loaded = Self.docker(root, ["load", "-i", archive])
        guard loaded.status == 0 else { throw OracleError.peer(Self.name, loaded.errors) }
    }

    func build(_ testCase: DockerfileCase, context: String, archive: String) -> CommandResult {
        let script = """
            cd '\(context)' && "$0" build --progress plain --no-cache --network none -t result "$@" . && \
            "$0" save -o '\(archive)' result
            """
        let environment = [
            "DOCKER_HOST": "unix://\(root)/socket", "DOCKER_BUILDKIT": "1", "ORACLE_ENV": "from-caller",
        ]
        return run(["sh", "-c", script, "/usr/bin/docker"] + testCase.flags, environment: environment)
    }

    func stop() {
        _ = run(["kill", "-TERM", daemon])
        for _ in 0..<300 where access("/proc/\(daemon)", F_OK) == 0 { usleep(50_000) }
        for line in readText("/proc/self/mountinfo").splitLines.reversed() {
            let fields = line.split(separator: " ")
            if fields.count > 4, fields[4].hasPrefix(root.string) { umount2(String(fields[4]), Int32(MNT_DETACH)) }
        }
        removeTree(root.string)
    }
}
