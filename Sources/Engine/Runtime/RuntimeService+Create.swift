internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// What `create` and `run` were asked for.
public struct RuntimeCreateRequest: Sendable {
    /// The container's id.
    public var id: String
    /// The bundle's directory.
    public var bundle = "."
    /// A socket that takes the container's terminal.
    public var consoleSocket: String?
    /// A file that takes the first process's number.
    public var pidFile: String?
    /// A socket that takes a descriptor of the first process.
    public var processSocket: String?
    /// How many descriptors beyond 2 the process gets.
    public var preservedFiles = 0
    /// Whether the process keeps the session keyring of the caller.
    public var sharesKeyring = false
    /// Whether the host's root is covered and not let go of, where the kernel exchanges none.
    public var coversRoot = false
    /// Whether the container's end is the caller's to wait for.
    public var isDetached = true

    /// Makes a request.
    public init(id: String) {
        self.id = id
    }
}

extension RuntimeService {
    /// Sets a container up and leaves it waiting for ``start(_:)``.
    ///
    /// - Returns: what was asked for and could not be had in full.
    public func create(_ request: RuntimeCreateRequest) throws -> [String] {
        let launched = try launch(request, postpones: true)
        do {
            try launched.process.postpone()
            try introduce(launched.process, to: request)
        } catch {
            try? delete(request.id, force: true)  // the first failure is the one to report
            throw error
        }
        return launched.process.warnings
    }

    /// Has a container that was created run its process.
    ///
    /// - Returns: what was asked for and could not be had in full.
    public func start(_ id: String) throws -> [String] {
        let container = try self.container(id)
        let record = try container.record()
        let status = container.status(record)
        guard status == .created else {
            throw RuntimeError.wrongState(id, state: status.rawValue, needed: "start")
        }
        let spec = try container.spec()
        let agent = try SeccompAgent(spec.linux?.seccomp)
        let state = RuntimeState(record, .running)
        let plan = try LaunchPlan.decode(try FileIO.readAll(path: container.planPath, limit: LaunchPlan.maximumSize))
        let warnings = try RuntimeError.naming { () throws in
            let directory = try OwnedFD.open(container.directory, O_PATH | O_DIRECTORY)
            let connection = try PathSocket.connect("start.sock", in: directory)
            // From here on it is started, whatever comes of it.
            unlink(container.socketPath)
            return try RunningProcess.start(over: connection, plan: plan, takeListener: agent?.taker(state))
        }
        try HookRunner.run(spec.hooks?.poststart, state: state)
        return warnings
    }

    /// Creates and starts a container; unless it is detached, waits for its end and removes it.
    ///
    /// - Returns: the exit status of the process; 0 when detached.
    public func run(_ request: RuntimeCreateRequest, keeps: Bool) throws -> Int32 {
        let launched = try launch(request, postpones: false)
        do {
            let process = launched.process
            try introduce(process, to: request)
            process.takeListener = try SeccompAgent(launched.spec.linux?.seccomp)?.taker(try state(of: request.id))
            try RuntimeError.naming { () throws in try process.start() }
            try HookRunner.run(launched.spec.hooks?.poststart, state: try state(of: request.id))
            if request.isDetached { return 0 }
            let status = try attend(process, hasTerminal: launched.spec.process?.terminal == true)
            if !keeps { try delete(request.id, force: true) }
            return status
        } catch {
            try? delete(request.id, force: true)  // the first failure is the one to report
            throw error
        }
    }

    /// Passes the caller's streams on until a process has ended.
    func attend(_ process: RunningProcess, hasTerminal: Bool) throws -> Int32 {
        let signals = try SignalForwarder(to: process)
        defer { signals.stop() }
        if hasTerminal {
            let isRaw = RawTerminal.isTerminal(STDIN_FILENO)
            let raw: RawTerminal? = isRaw ? try RawTerminal.enter(STDIN_FILENO) : nil
            _ = try StandardIORelay(terminalOf: process, input: STDIN_FILENO, output: STDOUT_FILENO).run()
            _ = consume raw
        }
        return try process.wait().shellStatus
    }

    // MARK: The launch

    private struct Launched {
        var process: RunningProcess
        var spec: RuntimeSpec
    }

    private func launch(_ request: RuntimeCreateRequest, postpones: Bool) throws -> Launched {
        let container = try self.container(request.id)
        let bundle = try RuntimeBundle(request.bundle)
        try checkTerminal(bundle.spec, request, postpones: postpones)
        try makeDirectory(container)
        var groups: RuntimeGroups?
        var cacheClass: CacheClass?
        do {
            var spec = bundle.spec.completed(bundle: bundle.path)
            spec.process = spec.process?.atHome(in: bundle.rootfs)
            try ContainerParameters.check(spec)
            let made = try RuntimeGroups(spec, id: request.id, usesSystemd: usesSystemd)
            groups = made
            cacheClass = try Self.cacheClass(spec.linux?.intelRdt, id: request.id)
            let draft = RuntimeDraft(
                container: container,
                bundle: bundle,
                spec: spec,
                groups: made,
                cacheClass: cacheClass
            )
            let plan = try draft.plan(request)
            try AtomicFile.write(container.specPath, bundle.bytes, durable: false)
            try AtomicFile.write(container.planPath, plan.encode(), durable: false)
            let process = try launch(plan, draft, request, postpones: postpones)
            return Launched(process: process, spec: spec)
        } catch {
            groups?.abandon()
            try? cacheClass?.remove()
            _ = try? FileIO.removeTree(path: container.directory)
            throw error
        }
    }

    private func launch(
        _ plan: LaunchPlan,
        _ draft: RuntimeDraft,
        _ request: RuntimeCreateRequest,
        postpones: Bool
    ) throws -> RunningProcess {
        var launch = LaunchRequest(
            plan: plan,
            cgroupDirectories: draft.groups.directoriesOfBirth,
            standardIO: plan.terminal != nil ? .terminal : .inherit
        )
        let linux = draft.spec.linux ?? LinuxSpec()
        launch.joinedNamespaces = PlanCompiler.joinedNamespaces(linux)
            .map { JoinedNamespace(path: $0.path, kind: $0.kind.rawValue) }
        launch.userMappings = (linux.uidMappings ?? []).map(Self.mapping)
        launch.groupMappings = (linux.gidMappings ?? []).map(Self.mapping)
        let mapped = try Self.mappedMounts(draft.spec)
        defer { for mount in mapped { close(mount) } }
        launch.passedMounts = mapped
        launch.inheritedFiles = (0..<request.preservedFiles).map { Int32(3 + $0) }
        let directory = try OwnedFD.open(draft.container.directory, O_PATH | O_DIRECTORY)
        let listener = postpones ? try PathSocket.listen("start.sock", in: directory).release() : -1
        defer { if listener >= 0 { close(listener) } }
        if listener >= 0 { launch.startListener = listener }
        launch.beforeRelease = { id in
            guard let identity = ProcessIdentity(running: id) else { return }  // the launch finds out why
            try draft.groups.take(id)
            try draft.cacheClass?.add(id)
            try Self.prepare(id, for: draft.spec)
            let record = draft.record(process: identity)
            try AtomicFile.write(draft.container.recordPath, try CanonicalJSON.encode(record), durable: false)
            let state = RuntimeState(record, .created)
            try HookRunner.run(draft.spec.hooks?.prestart, state: state)
            try HookRunner.run(draft.spec.hooks?.createRuntime, state: state)
        }
        return try RuntimeError.naming { () throws in try Launcher.launch(launch) }
    }

    /// The mounts whose files' users are mapped, as descriptors for the caller to close.
    private static func mappedMounts(_ spec: RuntimeSpec) throws -> [Int32] {
        var made: [Int32] = []
        do {
            for request in try PlanCompiler.mappedMounts(spec) {
                let mount = try MappedMount.make(
                    path: request.source,
                    users: request.users.map(mapping),
                    groups: request.groups.map(mapping),
                    clonesBelow: request.clonesBelow,
                    mapsBelow: request.mapsBelow
                )
                made.append(mount.release())
            }
        } catch {
            for mount in made { close(mount) }
            throw error
        }
        return made
    }

    /// Does for a process in a user namespace what takes rights outside, and makes sure that it is in the one meant.
    private static func prepare(_ id: Int32, for spec: RuntimeSpec) throws {
        let namespaces = spec.linux?.namespaces ?? []
        guard let user = namespaces.first(where: { $0.type == .user }) else { return }
        if let score = spec.process?.oomScoreAdj {
            // What this process may not do either is a warning of the one that asks next.
            try? FileIO.writeControl(path: "/proc/\(id)/oom_score_adj", "\(score)")
        }
        guard let path = user.path, !path.isEmpty else { return }
        for (file, rows) in [("uid_map", spec.linux?.uidMappings ?? []), ("gid_map", spec.linux?.gidMappings ?? [])] {
            let found = try FileIO.readText(path: "/proc/\(id)/\(file)").split(separator: "\n").map { line in
                line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            let given = rows.map { "\($0.containerID) \($0.hostID) \($0.size)" }
            guard given.isEmpty || Set(given) == Set(found) else {
                throw RuntimeError.contradiction("its id maps are not those of the user namespace `\(path)`")
            }
        }
    }

    private static func mapping(_ row: IDMappingSpec) -> IDMapping {
        IDMapping(inside: row.containerID, outside: row.hostID, count: row.size)
    }

    /// Where in each hierarchy the container's groups are: `cgroupsPath`, or one of our own making.
    static func cgroupPlace(_ path: String?, id: String) -> CgroupPlace {
        let parts = (path ?? "").split(separator: "/").filter { $0 != "." && $0 != ".." }.map(String.init)
        guard let name = parts.last else {
            // Two state directories may have containers of one id, whose groups must not be one.
            let unique = String(UInt32.random(in: .min ... .max), radix: 36)
            return CgroupPlace(parent: CgroupSet.defaultParent, name: "\(id)-\(unique)")
        }
        return CgroupPlace(parent: parts.dropLast().joined(separator: "/"), name: name)
    }

    /// The share of the processor's caches that a specification asks for, ready to take the process.
    private static func cacheClass(_ request: LinuxIntelRdt?, id: String) throws -> CacheClass? {
        guard let request else { return nil }
        return try CacheClass(
            id: id,
            name: request.closID,
            schemata: CacheClass.schemata(
                request.schemata ?? [],
                caches: request.l3CacheSchema,
                memory: request.memBwSchema
            ),
            isMonitored: [request.enableCMT, request.enableMBM, request.enableMonitoring].contains(true)
        )
    }

    private func makeDirectory(_ container: RuntimeContainer) throws {
        try BeneathPath(opening: "/").makeDirectories(root, mode: 0o711)
        if mkdir(container.directory, 0o711) == 0 { return }
        guard errno == EEXIST else { throw SyscallError("make directory", container.directory) }
        throw RuntimeError.exists(container.id)
    }

    // MARK: Terminal and pid file

    private func checkTerminal(_ spec: RuntimeSpec, _ request: RuntimeCreateRequest, postpones: Bool) throws {
        let wantsTerminal = spec.process?.terminal == true
        if request.consoleSocket != nil, !wantsTerminal {
            throw RuntimeError.terminal(reason: "`--console-socket` is given and the specification wants no terminal")
        }
        if wantsTerminal, request.consoleSocket == nil, postpones || request.isDetached {
            throw RuntimeError.terminal(
                reason: "the specification wants one and there is no `--console-socket` to hand it to"
            )
        }
    }

    /// Hands the terminal, the number and the descriptor of a process to where the caller wants them.
    func introduce(_ process: RunningProcess, to request: RuntimeCreateRequest) throws {
        if let path = request.consoleSocket, let terminal = process.takeTerminal() {
            try MessageSocket.send(
                try PathSocket.connect(stream: path),
                Array("/dev/ptmx".utf8),
                descriptor: terminal.raw
            )
        }
        if let path = request.processSocket {
            try MessageSocket.send(
                try PathSocket.connect(stream: path),
                Array(request.id.utf8),
                descriptor: process.descriptor.file.raw
            )
        }
        // Last: whoever reads it may act at once.
        guard let path = request.pidFile else { return }
        try AtomicFile.write(path, Array("\(process.id)".utf8), mode: 0o644, durable: false)
    }
}

/// Where a container's groups are in each hierarchy.
struct CgroupPlace {
    /// The directory above its own, without slashes at its ends; empty for the top.
    var parent: String
    /// The name of its own.
    var name: String
}
