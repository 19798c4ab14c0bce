import ContainerRuntime
import Glibc
import LaunchProtocol
import LinuxKernel
import SystemPackage

/// A root file system of nothing but busybox, and plans for it.
struct LaunchFixture {
    let base: String
    var lower: String { "\(base)/lower" }

    static let busybox = "/bin/busybox"
    static let isPossible = geteuid() == 0 && access(busybox, X_OK) == 0

    /// Makes the root below `base`.
    init(base: String) throws {
        self.base = base
        for name in ["lower", "upper", "work"] { try check("make", name) { mkdir("\(base)/\(name)", 0o755) } }
        let tree = try BeneathPath(opening: "\(base)/lower")
        for path in ["bin", "etc", "tmp", "proc", "sys", "dev", "root"] { try tree.makeDirectories(path) }
        let program = try FileIO.readAll(path: Self.busybox)
        try tree.writeFile("bin/busybox", program, mode: 0o755)
        for name in [
            "sh", "true", "false", "cat", "ls", "id", "sleep", "hostname", "ps", "echo", "pwd", "stty", "kill",
        ] {
            try tree.makeSymbolicLink("bin/\(name)", target: "busybox")
        }
        try tree.writeFile("bin/notexec", Array("text".utf8), mode: 0o644)
        try tree.writeFile("bin/garbage", Array("no program".utf8), mode: 0o755)
    }

    static let dockerCapabilities: UInt64 = 0xa804_25fb

    /// Docker's usual mounts, devices and masks in the order that the plan compiler gives them.
    static let setup: [LaunchOperation] = [
        .mount(.init(type: "proc", target: "/proc", flags: [.noSetUserID, .noExecution, .noDevices])),
        .mount(
            .init(type: "tmpfs", target: "/dev", options: ["mode=755", "size=65536k"], flags: [.noSetUserID])
        ),
        .mount(
            .init(
                type: "devpts",
                target: "/dev/pts",
                options: ["ptmxmode=0666", "mode=0620", "gid=5"],
                flags: [.noSetUserID, .noExecution]
            )
        ),
        .mount(.init(type: "sysfs", target: "/sys", flags: [.readOnly, .noSetUserID, .noExecution, .noDevices])),
        .mount(
            .init(type: "mqueue", target: "/dev/mqueue", flags: [.noSetUserID, .noExecution, .noDevices])
        ),
        .mount(
            .init(
                type: "tmpfs",
                target: "/dev/shm",
                options: ["mode=1777", "size=67108864"],
                flags: [.noSetUserID, .noExecution, .noDevices]
            )
        ),
        .makeDevice(.init(path: "/dev/null", major: 1, minor: 3)),
        .makeDevice(.init(path: "/dev/zero", major: 1, minor: 5)),
        .makeDevice(.init(path: "/dev/full", major: 1, minor: 7)),
        .makeDevice(.init(path: "/dev/random", major: 1, minor: 8)),
        .makeDevice(.init(path: "/dev/urandom", major: 1, minor: 9)),
        .makeDevice(.init(path: "/dev/tty", major: 5, minor: 0)),
        .makeSymbolicLink(path: "/dev/ptmx", target: "pts/ptmx"),
        .makeSymbolicLink(path: "/dev/fd", target: "/proc/self/fd"),
        .makeSymbolicLink(path: "/dev/stdin", target: "/proc/self/fd/0"),
        .makeSymbolicLink(path: "/dev/stdout", target: "/proc/self/fd/1"),
        .makeSymbolicLink(path: "/dev/stderr", target: "/proc/self/fd/2"),
    ]

    static let masks: [LaunchOperation] =
        ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"].map { .makePathReadOnly($0) }
        + ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware", "/none"]
        .map { .maskPath($0) }

    /// A plan in the usual order.
    func plan(
        _ arguments: [String],
        setup: [LaunchOperation] = Self.setup,
        beforePivot: [LaunchOperation] = [],
        afterPivot: [LaunchOperation] = [],
        masks: [LaunchOperation] = Self.masks,
        credentials: Credentials = .init(user: 0, group: 0),
        workingDirectory: String = "/",
        environment: [String] = ["PATH=/usr/bin:/bin"],
        supervised: Bool = false
    ) -> LaunchPlan {
        var operations: [LaunchOperation] = [
            .startSession, .setPropagation(.slave),
            .mountOverlayRoot(.init(lower: [lower], upper: "\(base)/upper", work: "\(base)/work")),
        ]
        operations += setup + [.awaitRelease] + beforePivot + [.pivotRoot] + afterPivot
        operations += [.setHostName("box")] + masks
        operations += [.setFileModeMask(0o022), .limitBoundingSet(Self.dockerCapabilities), .reportReady]
        operations += [.setCredentials(credentials), .changeDirectory(workingDirectory)]
        operations += [
            .setCapabilities(.init(effective: Self.dockerCapabilities, permitted: Self.dockerCapabilities)),
            .setNoNewPrivileges,
        ]
        return LaunchPlan(
            namespaces: [.mount, .pid, .uts, .ipc, .network],
            operations: operations,
            command: .init(arguments: arguments, environment: environment, supervised: supervised)
        )
    }

    /// A plan for a further process in a container of the plan above.
    static func execPlan(_ arguments: [String], terminal: TerminalRequest? = nil) -> LaunchPlan {
        var operations: [LaunchOperation] = [
            .awaitRelease, .joinNamespaces([.mount, .pid, .uts, .ipc, .network]), .startSession,
        ]
        if let terminal { operations.append(.openTerminal(terminal)) }
        operations += [
            .limitBoundingSet(Self.dockerCapabilities), .reportReady, .setCredentials(.init(user: 0, group: 0)),
            .changeDirectory("/"),
            .setCapabilities(.init(effective: Self.dockerCapabilities, permitted: Self.dockerCapabilities)),
            .setNoNewPrivileges,
        ]
        return LaunchPlan(
            namespaces: [],
            operations: operations,
            command: .init(arguments: arguments, environment: ["PATH=/bin"])
        )
    }

    /// What a finished process left.
    struct Outcome: Equatable {
        var ending: ProcessDescriptor.Ending
        var output: String
        var error: String
    }

    /// Launches, starts, reads both outputs to their end and waits.
    func run(_ plan: LaunchPlan, beforeRelease: @escaping (Int32) throws -> Void = { _ in }) throws -> Outcome {
        let process = try Launcher.launch(
            LaunchRequest(plan: plan, standardIO: .pipes(input: false), beforeRelease: beforeRelease)
        )
        return try Self.finish(process)
    }

    static func finish(_ process: RunningProcess) throws -> Outcome {
        try process.start()
        let output = text(process.takeStandardOutput())
        let error = text(process.takeStandardError())
        return Outcome(ending: try process.wait(), output: output, error: error)
    }

    static func text(_ file: consuming OwnedFD?) -> String {
        guard let file else { return "" }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file.raw, &chunk, chunk.count)
            if count <= 0 { break }  // a terminal ends with EIO
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
