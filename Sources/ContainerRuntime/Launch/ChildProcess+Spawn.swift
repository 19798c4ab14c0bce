internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

extension ChildProcess {
    /// The descriptors of `llmbox-init` by their numbers: 0, 1 and 2, then these.
    private enum Place {
        static let socket = 3
    }

    /// Starts `llmbox-init` in the plan's namespaces and writes its id maps.
    static func spawn(_ request: LaunchRequest, streams: inout ParentStreams) throws(LaunchError) -> ChildProcess {
        let hasUsers = request.plan.namespaces.contains(.user)
        let maps = try wrapping { () throws(SyscallError) in try OwnedFD.pipe() }
        let child = try start(
            plan: request.plan,
            standardIO: request.standardIO,
            target: nil,
            groups: request.cgroupDirectories,
            mapsReady: hasUsers ? maps.read.raw : -1,
            deathSignal: request.diesWithParent ? SIGKILL : 0,
            joined: request.joinedNamespaces,
            listener: request.startListener,
            inherited: request.inheritedFiles,
            passedMounts: request.passedMounts,
            owner: hasUsers ? request.plan.user.shifted(by: request.userMappings) : request.plan.user,
            streams: &streams
        )
        guard hasUsers else { return child }
        do throws(SyscallError) {
            try IDMaps.write(users: request.userMappings, groups: request.groupMappings, process: child.id)
            try FileIO.writeAll(maps.write, [1])
        } catch {
            throw child.abandon(because: .system(error), plan: request.plan)
        }
        close(maps.read.release())
        awaitProgram(child.id, maps.write)
        return child
    }

    /// Waits until the child has become `llmbox-init`, or has gone.
    ///
    /// From the change of its ids to `execve` it is a copy of this process that nobody may look into, so that an ordinary
    /// user would be refused `/proc/PID/ns/net`. The other end of the pipe is closed by `execve`.
    private static func awaitProgram(_ process: Int32, _ writeEnd: borrowing OwnedFD) {
        var entry = pollfd(fd: writeEnd.raw, events: 0, revents: 0)
        while poll(&entry, 1, -1) < 0, errno == EINTR {}
        // That is a moment before the kernel lets others look again.
        for _ in 0..<2_000 {
            let namespace = open("/proc/\(process)/ns/net", O_RDONLY | O_CLOEXEC)
            if namespace >= 0 { close(namespace) }
            guard namespace < 0, errno == EACCES else { return }
            usleep(100)
        }
    }

    /// Starts `llmbox-init` in the caller's namespaces, with a descriptor of the process whose namespaces to join.
    static func spawn(_ request: ExecRequest, streams: inout ParentStreams) throws(LaunchError) -> ChildProcess {
        try start(
            plan: request.plan,
            standardIO: request.standardIO,
            target: request.target,
            groups: request.cgroupDirectories,
            mapsReady: -1,
            deathSignal: 0,
            inherited: request.inheritedFiles,
            owner: owner(of: request),
            streams: &streams
        )
    }

    private static func start(
        plan: LaunchPlan,
        standardIO: StandardIO,
        target: Int32?,
        groups: [String],
        mapsReady: Int32,
        deathSignal: Int32,
        joined namespaces: [JoinedNamespace] = [],
        listener: Int32? = nil,
        inherited: [Int32] = [],
        passedMounts: [Int32] = [],
        owner: UInt32,
        streams: inout ParentStreams
    ) throws(LaunchError) -> ChildProcess {
        var plan = plan
        plan.command.inheritedFiles = UInt32(inherited.count)
        let program = try InitImage.open()
        return try wrapping { () throws(SyscallError) in
            let planFile = try SealedMemory.file(plan.encode(), name: "llmbox-plan")
            let sockets = try OwnedFD.messageSocketPair()
            let childStreams = try ChildStreams(standardIO, owner: owner, parent: &streams)
            var files = childStreams.numbers + [sockets.far.raw, planFile.raw]
            let joined = OwnedFD(
                adopting: try target.map { (id) throws(SyscallError) in
                    try ProcessDescriptor.open(id).release()
                } ?? -1
            )
            if target != nil {
                files.append(joined.raw)
            } else if let listener {
                files.append(listener)
            } else if !inherited.isEmpty || !passedMounts.isEmpty {
                files.append(files[0])  // keeps the place, so that the rest has one number in all cases
            }
            files += inherited + passedMounts
            // A process is born in its v2 group, and moves itself into those of v1 while it has a single thread: both
            // avoid the lock that moving another process takes, and with it the wait for an RCU grace period.
            let home = groups.first(where: isUnifiedGroup)
            var taskFiles: [Int32] = []
            defer { for file in taskFiles { close(file) } }
            for directory in groups where directory != home {
                taskFiles.append(try OwnedFD.open("\(directory)/tasks", O_WRONLY).release())
            }
            let group = OwnedFD(
                adopting: try home.map { (path) throws(SyscallError) in
                    try OwnedFD.open(path, O_RDONLY | O_DIRECTORY).release()
                } ?? -1
            )
            var spawn = ProcessSpawn(
                program: program.raw,
                name: "llmbox-init",
                files: files,
                failureFile: Place.socket,
                namespaces: plan.namespaces.rawValue
            )
            spawn.cgroup = group.raw
            spawn.taskFiles = taskFiles
            spawn.mapsReady = mapsReady
            spawn.deathSignal = deathSignal
            let started = try spawn.start(
                action: Launcher.cloneAction,
                joining: namespaces.map { (path: $0.path, kind: $0.kind) }
            )
            return ChildProcess(
                id: started.id,
                descriptor: started.descriptor,
                channel: LaunchChannel(sockets.near, plan: plan)
            )
        }
    }

    /// The number here of the user that a further process becomes.
    private static func owner(of request: ExecRequest) -> UInt32 {
        let joinsUsers = request.plan.operations.contains { operation in
            if case .joinNamespaces(let kinds) = operation { kinds.contains(.user) } else { false }
        }
        guard joinsUsers else { return request.plan.user }
        // As seen from here, which is what the file says. A process that has gone is reported by who joins it.
        let text = (try? FileIO.readText(path: "/proc/\(request.target)/uid_map")) ?? ""
        return request.plan.user.shifted(by: UserNamespace.rows(in: text).map(IDMapping.init(row:)))
    }

    private static func isUnifiedGroup(_ directory: String) -> Bool { FileSystemType.of(path: directory) == .cgroup2 }

    private static func wrapping<Result: ~Copyable>(
        _ body: () throws(SyscallError) -> Result
    ) throws(LaunchError) -> Result {
        do throws(SyscallError) { return try body() } catch { throw .system(error) }
    }
}

extension LaunchPlan {
    /// The user that the program runs as.
    fileprivate var user: UInt32 {
        for case .setCredentials(let credentials) in operations { return credentials.user }
        return 0
    }
}
