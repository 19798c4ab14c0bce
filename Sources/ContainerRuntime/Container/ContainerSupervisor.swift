internal import Diagnostics
internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// How a container ended.
public struct ContainerExit: Equatable, Sendable {
    /// The exit code, 128 + n after signal n.
    public var code: Int32
    /// Whether the kernel killed one of its processes for lack of memory.
    public var outOfMemoryKilled: Bool
}

/// Looks after one container, from its cgroups to its last line of log, and starts it again as its policy says.
///
///     lock ▶ ports ▶ ┌ cgroups ▶ address ▶ hosts file ▶ launch (network attached before release) ▶ state: running ┐
///                    │ streams ◀▶ log and caller … until the process ends ▶ state: exited ▶ cgroups, address       │
///                    └─────────────────────────── restart policy, back-off ◀──────────────────────────────────────┘
///
/// The same code runs in the foreground `run`, where it passes signals and streams on, and in the monitor of a detached
/// container. If it is killed, the kernel kills the container's process with it (`PR_SET_PDEATHSIG`), and the next
/// command that looks at the container cleans up what is left: ``ContainerControl/reap(_:in:)``.
public final class ContainerSupervisor {
    /// Who asks for the supervision.
    public enum Role: Sendable {
        /// A person waits: signals go to the container.
        case foreground
        /// Nobody waits: a signal to end means to stop the container properly.
        case monitor
    }

    let directory: ContainerDirectory
    let collection: ContainerCollection
    let network: BridgeNetwork
    let cgroupParent: String
    private let role: Role
    let attachment: StreamAttachment
    private let hooks: SupervisorHooks
    private var firstClient: Int32
    private var clients: AttachServer?
    private let identity = ProcessIdentity.current()
    private var signals: SignalPipe?
    var killAt: ContinuousClock.Instant?
    /// Whether the container is to be started again whatever its policy says, because its health demands it.
    var isRestartWanted = false
    private var relayPorts: [PortPublication] = []
    /// Called when somebody has asked for the third time, and the container is killed.
    public var onImpatience: () -> Void = {}
    private var requestsToEnd = 0

    /// Prepares to look after a container.
    ///
    /// `firstClient` is a connection of somebody who is attached from the start, and is taken over.
    public init(
        _ directory: ContainerDirectory,
        in collection: ContainerCollection,
        role: Role,
        attachment: StreamAttachment = .none,
        firstClient: Int32 = -1,
        hooks: SupervisorHooks = SupervisorHooks(),
        network: BridgeNetwork = BridgeNetwork(),
        cgroupParent: String = CgroupSet.defaultParent
    ) {
        self.directory = directory
        self.collection = collection
        self.role = role
        self.attachment = attachment
        self.hooks = hooks
        self.firstClient = firstClient
        self.network = network
        self.cgroupParent = cgroupParent
    }

    /// Runs the container until it has ended for good, and removes it if it is to go.
    ///
    /// `onStart` gets what was asked for and could not be had in full, once the container runs for the first time.
    ///
    /// - Important: blocks the calling thread, which must be the process's main one: the container ends with it.
    public func run(onStart: ([String]) -> Void = { _ in }) throws -> ContainerExit {
        guard let lock = try directory.superviseAlone() else { throw ContainerError.alreadySupervised(directory.id) }
        let record = try directory.record()
        do {
            let exit = try supervise(record, onStart)
            finish(record, exit.code)
            lock.release()
            // Last of all: whoever is attached finds everything as it stays.
            clients?.dismiss(exit.code)
            return exit
        } catch {
            let status = Self.exitStatus(for: error)
            _ = try? directory.updateState { state in
                state.status = state.startedAt == nil ? .created : .exited
                state.exitCode = status
                state.error = "\(error)"
                state.process = nil
                state.supervisor = nil
                state.networks = []
            }
            finish(record, status)
            lock.release()
            throw error
        }
    }

    /// The exit status of `run` for an error of ``run(onStart:)``.
    public static func exitStatus(for error: any Error) -> Int32 { (error as? LaunchError)?.exitStatus ?? 125 }

    private func supervise(_ record: ContainerRecord, _ onStart: ([String]) -> Void) throws -> ContainerExit {
        var record = record
        var plan = try LaunchPlan.decode(directory.plan())
        let volumes = VolumeUse()
        try volumes.acquire(record.volumeFilesystems ?? [])
        defer { volumes.release() }
        let emulation = try record.architecture.flatMap { (name) throws in try Emulation.prepare(name) }
        // The kernel may forget the emulator when nobody holds it, and `exec` starts programs at any time.
        defer { withExtendedLifetime(emulation) {} }
        let networks = ContainerControl.networks(record, directory, collection, network)
        var relay = try PortRelay(record.network.mode == .bridge ? record.network.ports : [])
        relayPorts = relay.ports
        signals = try SignalPipe(Self.watchedSignals)
        // Where the socket cannot be made, on a full disk for one, the container runs and cannot be attached to.
        clients = try? AttachServer(directory)
        if firstClient >= 0 { clients?.adopt(OwnedFD(adopting: firstClient)) }
        firstClient = -1
        var backOff = RestartBackOff()
        var restarts = 0
        while true {
            let started = ContinuousClock.now
            let (exit, state): (ContainerExit, ContainerState)
            do {
                (exit, state) = try runOnce(
                    record,
                    plan,
                    networks,
                    &relay,
                    restarts: restarts,
                    onStart: restarts == 0 ? onStart : { _ in }
                )
            } catch {
                relay.finish()
                throw error
            }
            // Read anew: `update` may have changed the policy and the limits meanwhile, but not of one that goes now.
            if !record.autoRemove || isRestartWanted { record = try directory.record() }
            let wants = isRestartWanted || record.restartPolicy.restarts(after: exit.code, restarts: restarts)
            guard !state.stopRequested, wants else {
                relay.finish()
                return exit
            }
            // Who is attached waits for this end, as with docker; who wants to see the next run attaches again.
            clients?.dismiss(exit.code)
            restarts += 1
            try directory.updateState { $0.status = .restarting }
            guard waitForRestart(backOff.delay(afterUptime: ContinuousClock.now - started)) else {
                relay.finish()
                try directory.updateState { $0.status = .exited }
                return exit
            }
            // A driver may have been replaced while the container was down: its files and numbers are looked up again.
            do {
                try hooks.beforeRestart(directory)
            } catch {
                relay.finish()
                throw error
            }
            plan = try LaunchPlan.decode(directory.plan())
            record.limits = try directory.record().limits
        }
    }

    private func runOnce(
        _ record: ContainerRecord,
        _ plan: LaunchPlan,
        _ networks: ContainerNetworks,
        _ relay: inout PortRelay,
        restarts: Int,
        onStart: ([String]) -> Void
    ) throws -> (ContainerExit, ContainerState) {
        let cgroups = try CgroupSet.create(
            id: record.id,
            limits: record.limits,
            layout: try CgroupLayout.probe(),
            parent: record.cgroupParent ?? cgroupParent
        )
        var attached: [NetworkAttachment] = []
        // In every case: nothing of this run may stay for the next.
        defer {
            try? cgroups.kill()
            try? cgroups.remove()
            networks.release(attached)
        }
        let user =
            record.network.mode == .user
            ? try UserNetwork(ports: record.network.ports, directory: directory.path) : nil
        defer { user?.finish() }
        attached = try networks.reserve(owner: identity, ports: relayPorts)
        try networks.join(in: collection)
        if record.network.isOwn { try ContainerControl.writeHosts(directory, networks.hostsText(attached)) }
        // Before the start: what is replaced right after it is a loss, too.
        let watch = DeviceWatch(directory, hooks)
        let process = try launch(record, plan, cgroups, networks, attached, user)
        let names = try startNames(record, networks, process)
        defer { names?.finish() }
        // A program's first act may be to ask for a name, and the answer comes from what stands here.
        if names != nil { try directory.updateState { $0.networks = attached } }
        try process.start()
        try directory.updateState { state in
            state.status = .running
            state.bootID = HostBoot.id
            state.process = ProcessIdentity(running: process.id)
            state.supervisor = identity
            state.startedAt = .now()
            state.finishedAt = nil
            state.outOfMemoryKilled = false
            state.error = nil
            state.restartCount = restarts
            if restarts == 0 { state.stopRequested = false }
            state.networks = attached
            state.userPorts = user?.ports
            state.cgroups = cgroups.directories
        }
        if let attachment = attached.first(where: { !$0.ports.isEmpty }) { try relay.start(to: attachment) }
        collection.events.append(ContainerEvent("start", of: record))
        onStart(process.warnings)
        isRestartWanted = false
        let verdict = HealthVerdict()
        let prober = try startProber(record, process, cgroups, verdict)
        do {
            try pump(process, record, verdict, watch)
        } catch {
            prober?.finish()
            throw error
        }
        prober?.finish()
        let ending = try process.wait()
        relay.pause()
        let exit = ContainerExit(code: ending.shellStatus, outOfMemoryKilled: cgroups.outOfMemoryKills > 0)
        let ended = try noteEnd(exit, of: record, &attached)
        if exit.outOfMemoryKilled { collection.events.append(ContainerEvent("oom", of: record)) }
        collection.events.append(ContainerEvent("die", of: record, ["exitCode": "\(exit.code)"]))
        return (exit, ended)
    }

    /// Answers for names on networks of one's own; the default network has none, as in docker.
    private func startNames(
        _ record: ContainerRecord,
        _ networks: ContainerNetworks,
        _ process: RunningProcess
    ) throws -> ConnectedNames.Service? {
        let hasNames = try networks.endpoints().contains { $0.network != NetworkDefinition.defaultName }
        // Who has left the last of them still asks here, and gets what the host's servers know.
        guard hasNames || record.network.mode == .bridge && ConnectedNames.areAsked(in: directory) else { return nil }
        return try ConnectedNames.Service(directory, pid: process.id, networks: networks)
    }

    private func startProber(
        _ record: ContainerRecord,
        _ process: RunningProcess,
        _ cgroups: CgroupSet,
        _ verdict: HealthVerdict
    ) throws -> HealthProber? {
        guard let check = record.healthCheck, let plan = try directory.healthPlan() else { return nil }
        return try HealthProber(
            check,
            plan: try LaunchPlan.decode(plan),
            directory: directory,
            target: process.id,
            cgroups: cgroups.directories,
            verdict: verdict
        ) { [collection] status in
            collection.events.append(ContainerEvent("health_status: \(status.rawValue)", of: record))
        }
    }

    private func pump(
        _ process: RunningProcess,
        _ record: ContainerRecord,
        _ verdict: HealthVerdict,
        _ watch: DeviceWatch
    ) throws {
        let log = try LogWriter(path: directory.logPath, settings: record.log)
        let pump = StreamPump(
            process: process,
            attachment: attachment,
            log: log,
            keepsInputOpen: record.openStandardInput,
            clients: clients,
            endsWithClients: record.closesInputWithClient == true
        )
        followSize(pump)
        killAt = nil
        // Once it waits: what the start needed is not needed again.
        var restsAt = role == .monitor ? ContinuousClock.now + .milliseconds(900) : nil
        pump.run(wake: signals?.file ?? -1, interval: 1000) {
            if let time = restsAt, ContinuousClock.now >= time {
                restsAt = nil
                CodePages.release()
            }
            for signal in signals?.take() ?? [] { handle(signal, process, record, pump) }
            if verdict.takeUnhealthy() { actOnUnhealthy(process, record) }
            if watch.hasLostDevices(), record.restartPolicy != .no, killAt == nil {
                // It will not find them again by itself; its next start does.
                isRestartWanted = true
                askToEnd(process, record)
            }
            if let killAt, ContinuousClock.now >= killAt { try? process.signal(SIGKILL) }
        }
    }

    private func handle(_ signal: Int32, _ process: RunningProcess, _ record: ContainerRecord, _ pump: StreamPump) {
        if signal == SIGWINCH {
            followSize(pump)
            return
        }
        switch role {
        case .foreground:
            // The process may have ended this instant; then there is nobody to tell.
            try? process.signal(signal)
            guard signal == SIGINT || signal == SIGTERM else { return }
            requestsToEnd += 1
            // Process 1 ignores what it has no handler for. Docker's client goes away at this point; here the container
            // belongs to who started it, and ends with it.
            guard requestsToEnd == 3 else { return }
            onImpatience()
            try? process.signal(SIGKILL)
        case .monitor:
            guard killAt == nil else { return }
            _ = try? directory.updateState { $0.stopRequested = true }
            askToEnd(process, record)
        }
    }

    /// Gives the container's terminal the size of the one its output is shown on.
    private func followSize(_ pump: StreamPump) {
        guard let output = attachment.descriptor(for: .output), let inner = pump.terminal else { return }
        TerminalSize.of(output)?.apply(to: inner)
    }

    /// Waits before a restart; false when the container is to stop instead.
    private func waitForRestart(_ delay: Duration) -> Bool {
        let end = ContinuousClock.now + delay
        while ContinuousClock.now < end {
            var entry = pollfd(fd: signals?.file ?? -1, events: Int16(POLLIN), revents: 0)
            let left = (end - ContinuousClock.now) / .milliseconds(1)
            // A tenth of a second: how soon a `stop` of a container that waits for its restart is noticed.
            if poll(&entry, 1, Int32(min(100, max(1, left)))) > 0,
                signals?.take().contains(where: { $0 != SIGWINCH }) == true
            {
                return false
            }
            if (try? directory.storedState().stopRequested) != false { return false }
        }
        return true
    }

    /// Tells whoever waits the exit code, and removes a container that is to go with its process.
    private func finish(_ record: ContainerRecord, _ code: Int32) {
        // The one place that outlives the directory for those who have it open: see `waitForExit`.
        try? FileIO.writeControl(path: directory.path + "/supervisor.lock", "\(code)\n")
        // Not in the foreground, where the next start is likely to be the next command, and making them again takes time.
        if role == .monitor, let layout = try? CgroupLayout.probe() { CgroupSet.removeUnusedParents(layout: layout) }
        guard record.autoRemove else { return }
        try? collection.removeSupervised(directory, known: record)
        AnonymousVolumes.removeUnused(record.anonymousVolumes, of: collection)
    }

    private static let watchedSignals = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH]
}
