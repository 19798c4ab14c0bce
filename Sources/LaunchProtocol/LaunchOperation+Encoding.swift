/// The first byte of each operation's encoding.
///
/// Numbers are never reused; a change of fields is a new format version.
enum OperationTag: UInt8 {
    case awaitRelease = 1
    case joinNamespaces
    case startSession
    case setPropagation
    case mountOverlayRoot
    case bindRoot
    case mount
    case bind
    case restrictMount
    case makeDirectory
    case writeFile
    case makeDevice
    case makeSymbolicLink
    case unshareCgroups
    case pivotRoot
    case openTerminal
    case setHostName
    case setDomainName
    case setSysctl
    case maskPath
    case makePathReadOnly
    case makeRootReadOnly
    case setResourceLimit
    case setOutOfMemoryScore
    case setFileModeMask
    case limitBoundingSet
    case reportReady
    case setCredentials
    case changeDirectory
    case setCapabilities
    case setNoNewPrivileges
    case installSeccomp
    case dieWithParent
    case bindOverlay
    case runHook
    case findCommand
    case setPersonality
    case setIOPriority
    case setExecLabel
    case bindFromNamespace
    case enterNamespaces
    case setScheduler
    case joinSessionKeyring
    case usePassedRoot
    case coverRoot
}

extension WireWriter {
    private mutating func put(_ tag: OperationTag) { put(tag.rawValue) }

    private mutating func put(_ tag: OperationTag, _ texts: String...) {
        put(tag)
        for text in texts { put(text) }
    }

    mutating func put(_ operation: LaunchOperation) {
        switch operation {
        case .awaitRelease: put(OperationTag.awaitRelease)
        case .startSession: put(OperationTag.startSession)
        case .unshareCgroups: put(OperationTag.unshareCgroups)
        case .pivotRoot: put(OperationTag.pivotRoot)
        case .coverRoot: put(OperationTag.coverRoot)
        case .makeRootReadOnly: put(OperationTag.makeRootReadOnly)
        case .reportReady: put(OperationTag.reportReady)
        case .findCommand: put(OperationTag.findCommand)
        case .setNoNewPrivileges: put(OperationTag.setNoNewPrivileges)
        case .joinSessionKeyring: put(OperationTag.joinSessionKeyring)
        case .bindRoot(let path): put(.bindRoot, path)
        case .makeSymbolicLink(let path, let target): put(.makeSymbolicLink, path, target)
        case .setHostName(let name): put(.setHostName, name)
        case .setDomainName(let name): put(.setDomainName, name)
        case .setSysctl(let name, let value): put(.setSysctl, name, value)
        case .maskPath(let path): put(.maskPath, path)
        case .makePathReadOnly(let path): put(.makePathReadOnly, path)
        case .changeDirectory(let path): put(.changeDirectory, path)
        case .setExecLabel(let file, let label): put(.setExecLabel, file, label)
        case .bindFromNamespace(let bind): put(.bindFromNamespace, bind.namespace, bind.source, bind.target)
        case .mountOverlayRoot, .usePassedRoot, .mount, .bind, .bindOverlay, .restrictMount, .makeDirectory, .writeFile,
            .makeDevice,
            .openTerminal:
            putFileOperation(operation)
        default:
            putProcessOperation(operation)
        }
    }

    private mutating func put(_ root: OverlayRoot) {
        put(root.lower) { $0.put($1) }
        put(root.upper)
        put(root.work)
        put(root.volatile)
        put(root.userAttributes)
    }

    private mutating func putFileOperation(_ operation: LaunchOperation) {
        switch operation {
        case .mountOverlayRoot(let root):
            put(OperationTag.mountOverlayRoot)
            put(root)
        case .usePassedRoot(let index):
            put(OperationTag.usePassedRoot)
            put(index)
        case .mount(let mount):
            put(.mount, mount.type, mount.target)
            put(mount.options) { $0.put($1) }
            put(mount.flags.rawValue)
            put(mount.copiesUp)
            put(mount.propagation.rawValue)
        case .bind(let bind):
            put(.bind, bind.source)
            put(bind.sourceBeneath)
            put(bind.target)
            put(bind.recursive)
            for flags in [bind.flags, bind.recursiveFlags, bind.recursivelyCleared] { put(flags.rawValue) }
            put(bind.propagation.rawValue)
            put(bind.passedMount != nil)
            if let passed = bind.passedMount { put(passed) }
        case .bindOverlay(let bind):
            put(OperationTag.bindOverlay)
            put(bind.overlay)
            put(bind.beneath)
            put(bind.target)
            put(bind.flags.rawValue)
        case .restrictMount(let path, let flags):
            put(.restrictMount, path)
            put(flags.rawValue)
        case .makeDirectory(let request):
            put(.makeDirectory, request.path)
            for number in [request.mode, request.user, request.group] { put(number) }
        case .writeFile(let path, let content, let mode):
            put(.writeFile, path)
            put(content)
            put(mode)
        case .makeDevice(let device):
            put(.makeDevice, device.path)
            put(device.kind.rawValue)
            for number in [device.major, device.minor, device.mode, device.user, device.group] { put(number) }
            put(device.hostPath)
        case .openTerminal(let request):
            put(OperationTag.openTerminal)
            put(request.rows)
            put(request.columns)
            put(request.isConsole)
            put(request.user)
        default: preconditionFailure("`put` sends the operations listed above here and no others")
        }
    }

    private mutating func putProcessOperation(_ operation: LaunchOperation) {
        switch operation {
        case .joinNamespaces(let namespaces):
            put(OperationTag.joinNamespaces)
            put(namespaces.rawValue)
        case .enterNamespaces(let entry): put(entry)
        case .setScheduler(let settings): put(settings)
        case .setPropagation(let propagation):
            put(OperationTag.setPropagation)
            put(propagation.rawValue)
        case .setResourceLimit(let limit):
            put(OperationTag.setResourceLimit)
            put(limit.resource)
            put(limit.soft)
            put(limit.hard)
        case .setOutOfMemoryScore(let score):
            put(OperationTag.setOutOfMemoryScore)
            put(score)
        case .setFileModeMask(let mask):
            put(OperationTag.setFileModeMask)
            put(mask)
        case .limitBoundingSet(let mask):
            put(OperationTag.limitBoundingSet)
            put(mask)
        case .setCredentials(let credentials):
            put(OperationTag.setCredentials)
            put(credentials.user)
            put(credentials.group)
            put(credentials.supplementaryGroups) { $0.put($1) }
        case .setCapabilities(let sets):
            put(OperationTag.setCapabilities)
            for set in [sets.effective, sets.permitted, sets.inheritable, sets.ambient] { put(set) }
        case .installSeccomp(let program):
            put(OperationTag.installSeccomp)
            put(program.instructions)
            put(program.flags)
        case .dieWithParent(let signal):
            put(OperationTag.dieWithParent)
            put(signal)
        case .setPersonality(let bits):
            put(OperationTag.setPersonality)
            put(bits)
        case .setIOPriority(let bits):
            put(OperationTag.setIOPriority)
            put(bits)
        case .runHook(let hook):
            put(.runHook, hook.path)
            put(hook.arguments) { $0.put($1) }
            put(hook.environment) { $0.put($1) }
            put(hook.timeout)
            put(hook.stateBeforeID)
            put(hook.stateAfterID)
        default: preconditionFailure("`put` sends all other operations elsewhere")
        }
    }

    private mutating func put(_ entry: NamespaceEntry) {
        put(OperationTag.enterNamespaces)
        put(entry.existing) { writer, namespace in
            writer.put(namespace.path)
            writer.put(namespace.kind.rawValue)
        }
        put(entry.new.rawValue)
        put(entry.clocks) { writer, offset in
            writer.put(offset.clock)
            writer.put(offset.seconds)
            writer.put(offset.nanoseconds)
        }
    }

    private mutating func put(_ settings: SchedulerSettings) {
        put(OperationTag.setScheduler)
        put(settings.policy)
        put(settings.flags)
        put(settings.nice)
        put(settings.priority)
        for time in [settings.runtime, settings.deadline, settings.period] { put(time) }
    }
}
