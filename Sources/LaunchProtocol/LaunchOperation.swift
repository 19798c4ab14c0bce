/// One step of a launch plan.
///
/// Paths of a target are absolute within the container and are resolved beneath its root.
///
/// The usual order, and why:
///
/// 1. ``joinNamespaces(_:)`` (exec only) after ``awaitRelease``, so that the process is in its control groups first.
/// 2. ``startSession``, ``setPropagation(_:)``: nothing mounted from here on may reach the host.
/// 3. ``mountOverlayRoot(_:)`` , ``bindRoot(path:)`` or ``usePassedRoot(_:)``: everything below needs a root.
/// 4. ``mount(_:)``, ``bind(_:)``, ``makeDevice(_:)``, ``makeSymbolicLink(path:target:)``, … in the specification's
///    order. Sources of binds are paths of the host, so binds must precede ``pivotRoot``.
/// 5. ``awaitRelease``: the parent has meanwhile filled the control groups and attached the network. The later it
///    comes, the more happens in parallel; what needs the group or the network comes after it.
/// 6. ``unshareCgroups``, then the mounts of control groups.
/// 7. ``setResourceLimit(_:)``, ``setOutOfMemoryScore(_:)``, ``setSysctl(name:value:)``: need the first capabilities.
/// 8. ``pivotRoot``: from here on the host's tree is gone; or ``coverRoot``, where it can only be covered.
/// 9. ``openTerminal(_:)`` (needs `/dev/pts`), ``setHostName(_:)``, ``setDomainName(_:)``.
/// 10. ``makePathReadOnly(_:)``, ``maskPath(_:)``, ``makeRootReadOnly``: after all mounts, or a mount would cover them.
/// 11. ``setFileModeMask(_:)``, ``makeDirectory(_:)`` for a missing working directory, ``limitBoundingSet(_:)`` (needs
///     `CAP_SETPCAP`, so before the identity changes).
/// 12. ``reportReady``: a created container waits here for its start.
/// 13. ``setCredentials(_:)``, ``dieWithParent(signal:)`` (a change of identity clears it), ``changeDirectory(_:)``.
/// 14. With no-new-privileges: ``setCapabilities(_:)``, ``setNoNewPrivileges``, ``installSeccomp(_:)``.
///     Without: ``installSeccomp(_:)`` first, because it needs `CAP_SYS_ADMIN`, then ``setCapabilities(_:)``.
public enum LaunchOperation: Equatable, Sendable {
    /// Waits until the parent has placed the process in its control groups and attached the network.
    case awaitRelease
    /// Enters namespaces of the process that the parent passed along, and forks when the pid namespace is among them.
    case joinNamespaces(NamespaceSet)
    /// Enters and makes namespaces that nobody can be born in, and goes on as a sibling in them; the first operation.
    case enterNamespaces(NamespaceEntry)
    /// Starts a new session, so that no terminal of the host's controls the process.
    case startSession
    /// Sets how mounts of the host reach the new mount namespace, for all of them.
    case setPropagation(Propagation)
    /// Mounts the container's root as an overlay.
    case mountOverlayRoot(OverlayRoot)
    /// Takes a directory of the host's, with the mounts below it, as the container's root.
    case bindRoot(path: String)
    /// Takes one of the mounts that the parent passed along as the container's root.
    case usePassedRoot(UInt32)
    /// Mounts a new file system instance. A target of `proc` or `sysfs` must not be reached through a link
    /// (CVE-2019-19921, CVE-2023-27561).
    case mount(FilesystemMount)
    /// Mounts a file or directory of the host's.
    case bind(BindMount)
    /// Mounts a part of a union of the host's directories.
    case bindOverlay(OverlayBind)
    /// Attaches what is mounted in another container's namespace, such as its `/dev/shm`.
    case bindFromNamespace(NamespaceBind)
    /// Changes attributes of the mount at a path; only ever to stricter ones.
    case restrictMount(path: String, MountFlags)
    /// Makes a directory with its missing parents; what exists is left as it is.
    case makeDirectory(DirectoryRequest)
    /// Makes a regular file of a small content, replacing what is there.
    case writeFile(path: String, content: [UInt8], mode: UInt32)
    /// Makes a device node, or binds the host's where nodes may not be made.
    case makeDevice(DeviceNode)
    /// Makes a symbolic link, replacing a link or file that is there.
    case makeSymbolicLink(path: String, target: String)
    /// Enters a control-group namespace of its own: its root is the group that the process is in by now.
    case unshareCgroups
    /// Makes the container's root the root directory and lets go of the host's.
    case pivotRoot
    /// Makes the container's root the root directory where the host's cannot be let go of: the kernel exchanges no root
    /// that lies in the first file system of a boot.
    case coverRoot
    /// Opens a terminal of the container's own, passes its controlling side to the parent, and puts it on 0, 1 and 2.
    case openTerminal(TerminalRequest)
    /// Sets the host name.
    case setHostName(String)
    /// Sets the NIS domain name.
    case setDomainName(String)
    /// Writes a kernel parameter; the name is dotted, and `/` stands for a dot within a component.
    case setSysctl(name: String, value: String)
    /// Hides a file behind `/dev/null`, or a directory behind an empty read-only one; a missing path is skipped.
    case maskPath(String)
    /// Makes a path read-only with all that is mounted below it; a missing path is skipped.
    case makePathReadOnly(String)
    /// Makes the container's root read-only, but not what is mounted below it.
    case makeRootReadOnly
    /// Sets a resource limit; a limit that may not be raised is raised as far as it may, with a warning.
    case setResourceLimit(ResourceLimit)
    /// Sets how soon the kernel kills the process when memory runs out; a refusal is a warning.
    case setOutOfMemoryScore(Int32)
    /// Sets the mask of permission bits that new files do not get.
    case setFileModeMask(UInt32)
    /// Removes every capability that is not in the mask from the bounding set.
    case limitBoundingSet(UInt64)
    /// Tells the parent that the container is set up, and waits for the word to start.
    case reportReady
    /// Changes supplementary groups, group and user, always all three (CVE-2022-36109); capabilities are kept until
    /// ``setCapabilities(_:)``.
    case setCredentials(Credentials)
    /// Enters the working directory and makes sure that it lies inside the root (CVE-2024-21626).
    case changeDirectory(String)
    /// Sets the capabilities that the program starts with.
    case setCapabilities(CapabilitySets)
    /// Rules out that any program gains privileges by set-id bits or file capabilities.
    case setNoNewPrivileges
    /// Installs a system call filter.
    case installSeccomp(SeccompProgram)
    /// Makes sure that the command can be found, where it is executed only much later.
    case findCommand
    /// Runs a program of the specification's hooks and waits for its end; a failure ends the launch.
    case runHook(HookCommand)
    /// Sets the execution domain, by the bits of `personality(2)`.
    case setPersonality(UInt64)
    /// Sets the class and the level of the process's block device access, by the bits of `ioprio_set(2)`.
    case setIOPriority(UInt32)
    /// Sets how the process gets its turn at the processors.
    case setScheduler(SchedulerSettings)
    /// Takes a session keyring of its own, so that the caller's keys stay the caller's.
    case joinSessionKeyring
    /// Gives the program a label of a security module, by the file `attr/…` of procfs that takes it.
    case setExecLabel(file: String, label: String)
    /// Has the kernel send a signal when the parent ends.
    case dieWithParent(signal: Int32)
}

extension LaunchOperation: CustomStringConvertible {
    /// What the operation does, as a phrase that follows "cannot".
    public var description: String {
        switch self {
        case .awaitRelease: "wait for the runtime"
        case .joinNamespaces: "join the container's namespaces"
        case .enterNamespaces: "enter the container's namespaces"
        case .startSession: "start a session"
        case .setPropagation: "separate the container's mounts from the host's"
        case .mountOverlayRoot(let root): "mount the container's root from \(root.lower.count) layers"
        case .bindRoot(let path): "use `\(path)` as the container's root"
        case .usePassedRoot: "use the root that the runtime mounted"
        case .mount(let mount): "mount `\(mount.type)` at `\(mount.target)`"
        case .bind(let bind): "mount `\(bind.displayedSource)` at `\(bind.target)`"
        case .bindOverlay(let bind): "mount `\(bind.beneath)` of \(bind.overlay.lower.count) layers at `\(bind.target)`"
        case .bindFromNamespace(let bind): "share `\(bind.source)` of the other container"
        case .restrictMount(let path, _): "restrict the mount at `\(path)`"
        case .makeDirectory(let request): "make directory `\(request.path)`"
        case .writeFile(let path, _, _): "write `\(path)`"
        case .makeDevice(let device): "make device `\(device.path)`"
        case .makeSymbolicLink(let path, _): "make symbolic link `\(path)`"
        case .unshareCgroups: "enter a control-group namespace"
        case .pivotRoot, .coverRoot: "change to the container's root"
        case .openTerminal: "open a terminal"
        case .setHostName(let name): "set the host name to `\(name)`"
        case .setDomainName(let name): "set the domain name to `\(name)`"
        case .setSysctl(let name, let value): "set kernel parameter `\(name)` to `\(value)`"
        case .maskPath(let path): "hide `\(path)`"
        case .makePathReadOnly(let path): "make `\(path)` read-only"
        case .makeRootReadOnly: "make the container's root read-only"
        case .setResourceLimit(let limit): "set resource limit `\(limit.name)`"
        case .setOutOfMemoryScore(let score): "set the out-of-memory score to \(score)"
        case .setFileModeMask: "set the file mode mask"
        case .limitBoundingSet: "limit the capability bounding set"
        case .reportReady: "report that the container is ready"
        case .setCredentials(let credentials): "become user \(credentials.user) and group \(credentials.group)"
        case .changeDirectory(let path): "enter working directory `\(path)`"
        case .setCapabilities: "set capabilities"
        case .setNoNewPrivileges: "rule out new privileges"
        case .installSeccomp: "install the system call filter"
        case .findCommand: "find the command"
        case .runHook(let hook): "run hook `\(hook.path)`"
        case .setPersonality: "set the execution domain"
        case .setIOPriority: "set the I/O priority"
        case .setScheduler: "set the scheduling policy"
        case .joinSessionKeyring: "take a session keyring of its own"
        case .setExecLabel(_, let label): "set the security label `\(label)`"
        case .dieWithParent: "tie the process to its parent"
        }
    }
}
