internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// Performs a launch plan, operation by operation, and executes its command.
final class InitProcess {
    private(set) var channel: OwnedFD
    let plan: LaunchPlan
    /// The tree that the paths of targets are resolved in; the host's until a root is mounted or joined.
    var root: BeneathPath
    /// The host's procfs, verified, opened while no container could interfere (CVE-2025-52881).
    let process: BeneathPath
    /// The index of the operation under way.
    private var index: UInt32 = 0
    /// The first of the mounts that the parent has passed along.
    var firstPassedMount: Int32 { Self.firstInherited + Int32(plan.command.inheritedFiles) }
    /// The one empty file system behind all masked directories.
    var emptyDirectory: OwnedFD?

    /// The descriptors of trees that were taken while this namespace's mounts were still peers of the host's, by targets.
    var sharedTrees: [String: Int32]?

    /// Where the parent has put the descriptors that the command inherits.
    static let firstInherited: Int32 = 6

    private enum Place {
        static let channel: Int32 = 3
        static let plan: Int32 = 4
        /// The container to join, or the socket to listen on; which one, the plan tells.
        static let target: Int32 = 5
    }

    private init(channel: consuming OwnedFD, plan: LaunchPlan) throws(SyscallError) {
        self.channel = channel
        self.plan = plan
        root = try BeneathPath(opening: "/")
        process = try BeneathPath(opening: "/proc")
        guard try FileSystemType.of(process.root) == .proc else {
            throw SyscallError("use", "/proc", errno: .noSuchFileOrDirectory)
        }
    }

    /// The whole life of the program.
    static func run() -> Never {
        // Whoever executes this file otherwise, say a container by `/proc/self/exe`, gets nothing out of it.
        guard isSocket(Place.channel) else { leave("it is started by `llmbox` only") }
        let channel = OwnedFD(adopting: Place.channel)
        ProcessControl.resetSignals()
        do {
            let bytes = try FileIO.readAll(rewound(OwnedFD(adopting: Place.plan)), limit: LaunchPlan.maximumSize)
            let plan = try LaunchPlan.decode(bytes)
            try InitProcess(channel: channel.duplicate(), plan: plan).perform()
        } catch let error as SyscallError {
            tell(channel, .failure(.init(stage: LaunchFailure.Stage.plan, error)))
        } catch {
            let failure = LaunchFailure(
                operationIndex: LaunchFailure.Stage.plan,
                errno: EINVAL,
                detail: "\(error)"
            )
            tell(channel, .failure(failure))
        }
        exit(125)
    }

    /// Gives the conversation another number.
    func moveChannel(above number: Int32) throws(SyscallError) {
        let raw = channel.raw
        channel = OwnedFD(adopting: try check("move a descriptor") { fcntl(raw, F_DUPFD_CLOEXEC, number) })
    }

    private func perform() -> Never {
        // Whoever shares its numbers may share its rights as well, and would get the host's files from it (CVE-2016-9962).
        // Entering namespaces comes first, because it takes files of procfs that a process that hides does not own.
        if plan.sharesProcesses, !plan.entersNamespaces {
            do throws(SyscallError) { try ProcessControl.hide() } catch { fail(LaunchFailure(stage: index, error)) }
        }
        for operation in plan.operations {
            do throws(SyscallError) {
                try perform(operation)
            } catch {
                fail(LaunchFailure(stage: index, error))
            }
            index += 1
        }
        execute()
    }

    // One case, one call: what an operation means is said where it is done.
    private func perform(_ operation: LaunchOperation) throws(SyscallError) {
        switch operation {
        case .awaitRelease: hear(.release)
        case .joinNamespaces(let namespaces): try join(namespaces, of: OwnedFD(adopting: Place.target))
        case .enterNamespaces(let entry): try enter(entry)
        case .startSession: try check("start a session") { setsid() }
        case .setPropagation(let propagation): try setPropagation(propagation)
        case .mountOverlayRoot(let request): try mountOverlayRoot(request)
        case .bindRoot(let path): try bindRoot(path)
        case .usePassedRoot(let index): try useAsRoot(OwnedFD(adopting: firstPassedMount + Int32(index)))
        case .mount(let request): try mount(request)
        case .bind(let request): try bind(request)
        case .bindOverlay(let request): try bindOverlay(request)
        case .bindFromNamespace(let request): try bindFromNamespace(request)
        case .restrictMount(let path, let flags): try restrict(path, flags)
        case .makeDirectory(let request): try makeDirectory(request)
        case .writeFile(let path, let content, let mode): try root.writeFile(path, content, mode: mode)
        case .makeDevice(let device): try makeDevice(device)
        case .makeSymbolicLink(let path, let target): try makeSymbolicLink(path, target: target)
        case .unshareCgroups: try NamespaceControl.unshare(NamespaceSet.cgroup.rawValue)
        case .pivotRoot: try NamespaceControl.pivot(to: root.root)
        case .coverRoot: try NamespaceControl.cover(by: root.root)
        case .openTerminal(let request): try openTerminal(request)
        case .setHostName(let name): try check("set the host name") { sethostname(name, name.utf8.count) }
        case .setDomainName(let name): try check("set the domain name") { setdomainname(name, name.utf8.count) }
        case .setSysctl(let name, let value): try setSysctl(name, value)
        case .maskPath(let path): try mask(path)
        case .makePathReadOnly(let path): try makeReadOnly(path)
        case .makeRootReadOnly: try DetachedMount.setAttributes(root.root, .readOnly, recursive: false)
        case .setResourceLimit(let limit): try setLimit(limit)
        case .setOutOfMemoryScore(let score): setOutOfMemoryScore(score)
        case .setFileModeMask(let mask): _ = umask(mode_t(mask & 0o777))
        case .limitBoundingSet(let mask): try ProcessControl.limitBoundingSet(to: mask)
        case .reportReady:
            Self.tell(channel, .ready)
            awaitStart()
        case .setCredentials(let credentials): try become(credentials)
        case .changeDirectory(let path): try changeDirectory(path)
        case .setCapabilities(let sets): try setCapabilities(sets)
        case .setNoNewPrivileges: try ProcessControl.setNoNewPrivileges()
        case .installSeccomp(let program): try installFilter(program)
        case .dieWithParent(let signal): try ProcessControl.setDeathSignal(signal)
        case .findCommand: findCommand()
        case .runHook(let hook): try run(hook)
        case .setPersonality(let bits): try ProcessControl.setPersonality(bits)
        case .setIOPriority(let bits): try ProcessControl.setIOPriority(bits)
        case .setScheduler(let settings): try setScheduler(settings)
        case .joinSessionKeyring: try joinSessionKeyring()
        case .setExecLabel(let file, let label): try setExecLabel(file, label)
        }
    }
}

extension InitProcess {
    /// Waits for a word of the parent's; without a parent there is nothing left to do.
    private func hear(_ expected: LaunchMessage) {
        do throws(SyscallError) {
            let received = try MessageSocket.receive(channel, limit: LaunchMessage.maximumSize)
            if received.bytes != expected.encode() { exit(125) }
        } catch {
            exit(125)
        }
    }

    /// Waits for the start; where the parent says that it goes away, from whoever connects to the listening socket.
    private func awaitStart() {
        do throws(SyscallError) {
            while true {
                let message = try MessageSocket.receive(channel, limit: LaunchMessage.maximumSize).bytes
                if message == LaunchMessage.start.encode() { return }
                guard message == LaunchMessage.postpone.encode() else { exit(125) }
                channel = try MessageSocket.accept(Place.target)
            }
        } catch {
            exit(125)
        }
    }

    /// Tells the parent that something asked for could not be had in full.
    func warn(_ error: SyscallError) {
        Self.tell(channel, .warning(LaunchFailure(stage: index, error)))
    }

    /// Tells the parent what failed, and ends.
    func fail(_ failure: LaunchFailure) -> Never {
        Self.tell(channel, .failure(failure))
        exit(125)
    }

    static func tell(_ channel: borrowing OwnedFD, _ message: LaunchMessage, descriptor: Int32 = -1) {
        do {
            try MessageSocket.send(channel, message.encode(), descriptor: descriptor)
        } catch {
            // Nobody listens any more. Whoever launched this has died, and the process is not wanted.
            exit(125)
        }
    }

    private static func isSocket(_ descriptor: Int32) -> Bool {
        (try? FileStatus.of(descriptor: descriptor).kind) == .socket  // a closed descriptor is no socket either
    }

    private static func rewound(_ file: consuming OwnedFD) throws(SyscallError) -> OwnedFD {
        let raw = file.raw
        try check("read the plan") { Int(lseek(raw, 0, SEEK_SET)) }
        return file
    }

    private static func leave(_ reason: StaticString) -> Never {
        reason.withUTF8Buffer { text in
            for part in ["llmbox-init: ", String(decoding: text, as: UTF8.self), "\n"] {
                _ = write(2, part, part.utf8.count)
            }
        }
        exit(126)
    }
}

extension LaunchFailure {
    /// A failed system call at a stage or operation.
    init(stage: UInt32, _ error: SyscallError) {
        self.init(operationIndex: stage, errno: error.errno.rawValue, detail: "\(error)")
    }
}

extension Propagation {
    var kernelValue: MountPropagation {
        switch self {
        case .isolated: .isolated
        case .slave: .slave
        case .shared: .shared
        case .unbindable: .unbindable
        }
    }
}
