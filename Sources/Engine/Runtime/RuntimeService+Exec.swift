internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
public import OCIModel
internal import SystemPackage

/// What `exec` was asked for: a whole process as JSON, or changes to the container's own.
public struct RuntimeExecRequest: Sendable {
    /// The container.
    public var id: String
    /// The process in full; the properties below then do not count.
    public var process: RuntimeProcess?
    /// The program and its arguments.
    public var arguments: [String] = []
    /// `NAME=value` strings on top of the container's.
    public var environment: [String] = []
    /// The user and the group.
    public var user: (uid: UInt32, gid: UInt32?)?
    /// Supplementary groups on top of the container's.
    public var additionalGroups: [UInt32] = []
    /// The working directory.
    public var workingDirectory: String?
    /// Capabilities on top of the container's.
    public var capabilities: [String] = []
    /// Whether it gets a terminal.
    public var terminal = false
    /// Whether it can never gain privileges; the container's own rule when nil.
    public var noNewPrivileges: Bool?
    /// The AppArmor profile.
    public var apparmorProfile: String?
    /// The SELinux label.
    public var selinuxLabel: String?
    /// Subgroups of the container's control groups, as `[CONTROLLER[,CONTROLLER]:]PATH`.
    public var subgroups: [String] = []
    /// Whether it may start while the container is frozen.
    public var ignoresPause = false
    /// Console socket, pid file, preserved descriptors and whether to wait.
    public var options: RuntimeCreateRequest

    /// Makes a request.
    public init(id: String) {
        self.id = id
        options = RuntimeCreateRequest(id: id)
        options.isDetached = false
    }

    /// Takes the process in full from a file.
    public mutating func readProcess(_ path: String) throws {
        let bytes = try FileIO.readAll(path: path, limit: 16 << 20)
        do {
            process = try CanonicalJSON.decode(RuntimeProcess.self, from: bytes)
        } catch {
            throw RuntimeError.damaged(path: path, reason: "\(error)")
        }
    }
}

extension RuntimeService {
    /// Runs a further process in a container and waits for its end, unless it is detached.
    ///
    /// - Returns: the exit status; 0 when detached.
    public func exec(_ request: RuntimeExecRequest) throws -> Int32 {
        let container = try self.container(request.id)
        let record = try container.record()
        let status = container.status(record)
        guard status == .running || status == .created || status == .paused && request.ignoresPause else {
            throw RuntimeError.wrongState(request.id, state: status.rawValue, needed: "execute a process in")
        }
        let spec = try container.spec()
        let process = try Self.process(request, in: spec).atHome(in: record.rootfs)
        let hasTerminal = process.terminal == true
        if hasTerminal, request.options.isDetached, request.options.consoleSocket == nil {
            throw RuntimeError.terminal(reason: "it is detached and there is no `--console-socket` to hand it to")
        }
        let plan = try PlanCompiler.compile(joining: process, of: spec)
        var launch = ExecRequest(
            target: record.process.pid,
            plan: plan,
            cgroupDirectories: try groups(record, below: request.subgroups),
            standardIO: hasTerminal ? .terminal : .inherit
        )
        launch.inheritedFiles = (0..<request.options.preservedFiles).map { Int32(3 + $0) }
        let processors = try PlanCompiler.processors(of: process)
        // This process as well: it is the one that the specification means by the first.
        if let initial = processors.initial { try ProcessorAffinity.set(0, initial.numbers) }
        let running = try Launcher.exec(launch)
        if let final = processors.final { try ProcessorAffinity.set(running.id, final.numbers) }
        try introduce(running, to: request.options)
        running.takeListener = try SeccompAgent(spec.linux?.seccomp)?
            .taker(RuntimeState(record, .running), process: running.id)
        try RuntimeError.naming { () throws in try running.start() }
        if request.options.isDetached { return 0 }
        return try attend(running, hasTerminal: hasTerminal && request.options.consoleSocket == nil)
    }

    /// The container's groups, or groups below them: those of some controllers, or of all that are not named otherwise.
    private func groups(_ record: RuntimeRecord, below subgroups: [String]) throws -> [String] {
        var places: [String: String] = [:]
        var rest = ""
        for text in subgroups {
            let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let parts = (halves.last ?? "").split(separator: "/")
            guard !parts.contains("..") else {
                throw RuntimeError.unsupported("a control group outside the container's")
            }
            let path = parts.map { "/" + $0 }.joined()
            guard halves.count == 2 else {
                rest = path
                continue
            }
            for controller in halves[0].split(separator: ",") { places[String(controller)] = path }
        }
        let layout = try CgroupLayout.probe()
        let groups = record.cgroups.map { group in
            let hierarchy = layout.hierarchies.first { group.hasPrefix($0.mountPoint + "/") }
            let names = (hierarchy?.controllers ?? []) + [hierarchy?.name].compactMap { $0 }
            let chosen = names.first { places[$0] != nil }
            return group + (chosen.flatMap { places[$0] } ?? rest)
        }
        let known = Set(layout.hierarchies.flatMap { $0.controllers + [$0.name].compactMap { $0 } })
        if let unknown = places.keys.sorted().first(where: { !known.contains($0) }) {
            throw RuntimeError.unsupported("a subgroup of the controller `\(unknown)`")
        }
        if let missing = groups.first(where: { access($0, F_OK) != 0 }) {
            throw RuntimeError.contradiction("there is no control group `\(missing)`")
        }
        return groups
    }

    private static func process(_ request: RuntimeExecRequest, in spec: RuntimeSpec) throws -> RuntimeProcess {
        if let process = request.process { return process }
        guard var process = spec.process else { throw RuntimeError.unsupported("a container without a process") }
        process.args = request.arguments
        process.env = EnvironmentList.merging(process.env ?? [], with: request.environment)
        process.terminal = request.terminal
        if let user = request.user {
            process.user.uid = user.uid
            process.user.gid = user.gid ?? process.user.gid
        }
        if !request.additionalGroups.isEmpty {
            process.user.additionalGids = (process.user.additionalGids ?? []) + request.additionalGroups
        }
        if let path = request.workingDirectory { process.cwd = path }
        if !request.capabilities.isEmpty {
            var sets = process.capabilities ?? LinuxCapabilities()
            sets.bounding = (sets.bounding ?? []) + request.capabilities
            sets.effective = (sets.effective ?? []) + request.capabilities
            sets.permitted = (sets.permitted ?? []) + request.capabilities
            process.capabilities = sets
        }
        if let value = request.noNewPrivileges { process.noNewPrivileges = value }
        if let profile = request.apparmorProfile { process.apparmorProfile = profile }
        if let label = request.selinuxLabel { process.selinuxLabel = label }
        return process
    }
}
