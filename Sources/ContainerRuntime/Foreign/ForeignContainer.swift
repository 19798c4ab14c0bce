internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// One container that another OCI runtime starts, and llmbox looks after.
///
///     monitor: own mount namespace ▶ overlay at bundle/rootfs ▶ RUNTIME create ▶ network ▶ RUNTIME start
///              … streams, health, restarts as ever … ▶ process ends ▶ RUNTIME delete ▶ unmount
///
/// The overlay is mounted where only the monitor and what it starts can see it: a monitor that is killed leaves no mount. The
/// runtime's own state is in the container's directory and goes with it.
struct ForeignContainer {
    let runtime: ForeignRuntime
    let directory: ContainerDirectory
    /// What tells the files of one command from those of others that run at the same time; empty in the monitor.
    let tag: String

    init(_ runtime: ForeignRuntime, _ directory: ContainerDirectory, tag: String = "") {
        self.runtime = runtime
        self.directory = directory
        self.tag = tag
    }

    /// A container for one command beside its monitor.
    static func beside(_ runtime: ForeignRuntime, _ directory: ContainerDirectory) -> ForeignContainer {
        ForeignContainer(runtime, directory, tag: "-" + String(UInt32.random(in: .min ... .max), radix: 36))
    }

    private var statePath: String { directory.path + "/runtime" }
    /// What the names of the files of one command begin with.
    var files: String { directory.path + "/runtime" + tag }
    private var logPath: String { files + ".log" }
    var pidPath: String { files + ".pid" }

    /// Creates the container, attaches what the request says, and returns its process, which waits for its start.
    func launch(_ request: LaunchRequest) throws -> RunningProcess {
        // What a run that was killed left of the runtime's state describes a container that is gone.
        try FileIO.removeTree(path: statePath)
        try mountRoot(request.plan)
        do {
            return try create(request)
        } catch {
            delete()
            throw error
        }
    }

    private func create(_ request: LaunchRequest) throws -> RunningProcess {
        // The runtime's helpers leave the container's process to us.
        try ProcessControl.adoptOrphans()
        var streams = ParentStreams()
        let groups = request.cgroupDirectories
        if let terminal = request.plan.terminal {
            let taken = try withTerminal(terminal) { address, files in
                try run("create", createWords + ["--console-socket", address, directory.id], files, groups)
            }
            streams.terminal = .some(taken)
        } else {
            let child = try ChildStreams(request.standardIO, parent: &streams)
            try run("create", createWords + [directory.id], child.numbers, groups)
        }
        let pid = try readProcess()
        let descriptor = try ProcessDescriptor(opening: pid)
        do { try request.beforeRelease(pid) } catch { throw LaunchError.preparationFailed(error) }
        return RunningProcess(
            id: pid,
            descriptor: descriptor,
            streams: streams,
            plan: request.plan,
            starter: { try self.run("start", ["start", self.directory.id], nil, []) },
            finisher: delete,
            signaler: { number in
                // The end of everything must not wait for a runtime that hangs.
                guard number != SIGKILL else { return false }
                try Self.beside(self.runtime, self.directory).signal(number)
                return true
            }
        )
    }

    private var createWords: [String] { ["create", "--bundle", directory.bundlePath, "--pid-file", pidPath] }

    /// Where cgroup2 has to be hidden from the runtime: crun refuses the layout that has both versions.
    private var hiddenGroups: String? {
        guard runtime.program == "crun", let layout = try? CgroupLayout.probe(), !layout.hierarchies.isEmpty else {
            return nil
        }
        return layout.unifiedMountPoint
    }

    // MARK: The root

    private func mountRoot(_ plan: LaunchPlan) throws {
        var overlay: OverlayRoot?
        for case .mountOverlayRoot(let root) in plan.operations { overlay = root }
        guard let overlay, let upper = overlay.upper, let work = overlay.work else {
            throw failure("create", "the container has no root of layers", command: "")
        }
        try NamespaceControl.unshare(NamespaceSet.mount.rawValue)
        try NamespaceControl.setPropagation(.slave)
        let root = try DetachedMount.overlay(lower: overlay.lower, upper: upper, work: work)
        try DetachedMount.attach(root, onto: OwnedFD.open(directory.bundlePath + "/rootfs", O_RDONLY | O_DIRECTORY))
    }

    /// Removes what the runtime has of the container, and the root.
    private func delete() {
        // Whatever is left of it goes with the control groups and the container's directory.
        try? run("delete", ["delete", "--force", directory.id], nil, [])
        umount2(directory.bundlePath + "/rootfs", Int32(MNT_DETACH))
    }

    // MARK: The runtime

    private static let hide = "umount --lazy \"$0\" && exec \"$@\""

    /// Runs one command of the runtime, with `files` as its first three descriptors, for a process of `groups`.
    func run(
        _ action: String,
        _ words: [String],
        _ files: [Int32]?,
        _ groups: [String],
        command: String? = nil
    ) throws {
        _ = unlink(logPath)
        var arguments = [runtime.path, "--root", statePath, "--log", logPath, "--log-format", "json"]
        arguments += words
        if let hiddenGroups {
            // In the container's group of cgroup2 first, which the runtime will not see: what it starts is born there.
            let place =
                groups.first { FileSystemType.of(path: $0) == .cgroup2 }.map { $0 + "/cgroup.procs" } ?? "/dev/null"
            let script =
                "echo 0 > \"$1\" && shift && exec unshare --mount --propagation slave /bin/sh -c '\(Self.hide)' \"$@\""
            arguments = ["/bin/sh", "-c", script, "sh", place, hiddenGroups] + arguments
        }
        let null = try OwnedFD.open("/dev/null", O_RDWR)
        let status = try Self.execute(arguments, files ?? [null.raw, null.raw, null.raw])
        guard status == 0 else {
            throw failure(action, reason(status), command: command ?? directory.commandName)
        }
    }

    /// The error for what the runtime said, `command` being what it was to execute.
    func failure(_ action: String, _ message: String, command: String) -> any Error {
        let error = ContainerError.foreignRuntime(runtime, action: action, message: message)
        // Runtimes say it in words only; docker reads the same ones.
        let text = message.lowercased()
        if text.contains("executable file not found") || text.contains("executable file `") {
            return LaunchError.commandNotFound(command)
        }
        if text.contains("exec"), text.contains("permission denied") {
            return LaunchError.commandNotExecutable(command, .permissionDenied)
        }
        return error
    }

    /// What the runtime wrote into its log last.
    private func reason(_ status: Int32) -> String {
        let lines = ((try? FileIO.readText(path: logPath)) ?? "").split(separator: "\n")
        for line in lines.reversed() {
            guard let start = Self.end(of: "\"msg\":", in: line) else { continue }
            var text = ""
            var isEscaped = false
            for character in line[start...].drop(while: { $0 == " " }).dropFirst() {
                if isEscaped {
                    text.append(character == "n" ? "\n" : character)
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    return text
                } else {
                    text.append(character)
                }
            }
        }
        return "it ended with status \(status)"
    }

    private static func end(of word: String, in line: Substring) -> Substring.Index? {
        var rest = line
        while !rest.isEmpty {
            if rest.hasPrefix(word) { return rest.index(rest.startIndex, offsetBy: word.count) }
            rest.removeFirst()
        }
        return nil
    }

    private static func execute(_ arguments: [String], _ files: [Int32]) throws(SyscallError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // Copies out of the way first: a source may be the number of another's place.
        let copies = files.map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
        defer { for copy in copies where copy >= 0 { close(copy) } }
        for (place, copy) in copies.enumerated() {
            if copy < 0 { throw SyscallError("copy a descriptor") }
            posix_spawn_file_actions_adddup2(&actions, copy, Int32(place))
        }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, 0x08)  // POSIX_SPAWN_SETSIGMASK
        let words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, arguments[0], &actions, &attributes, words, environ)
        guard result == 0 else {
            throw SyscallError("execute", arguments[0], errno: Errno(rawValue: result))
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    func receiveTerminal(_ listener: borrowing OwnedFD) throws -> OwnedFD {
        let connection = try MessageSocket.accept(listener.raw)
        var received = try MessageSocket.receive(connection, limit: 4096)
        guard let terminal = received.descriptor.take() else {
            throw failure("create", "it sent no terminal", command: "")
        }
        return terminal
    }
}

extension ContainerDirectory {
    /// The name of the container's command, for an error.
    fileprivate var commandName: String { (try? record().command.first) ?? "" }
}
