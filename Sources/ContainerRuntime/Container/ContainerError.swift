public import Diagnostics
public import LinuxKernel

/// What can go wrong with containers on disk and with looking after them.
public enum ContainerError: Explainable {
    /// Another container has the name.
    case nameTaken(String, by: String)
    /// The name has characters that a name cannot have.
    case invalidName(String)
    /// No container has this name or id.
    case notFound(String)
    /// The beginning of an id fits more than one container.
    case ambiguous(String, candidates: [String])
    /// A file in the container's directory cannot be understood.
    case damaged(path: String, reason: String)
    /// The kernel refused something.
    case system(SyscallError)
    /// The container is being looked after by another process.
    case alreadySupervised(String)
    /// The container is running, and the request needs it stopped.
    case running(String)
    /// The container is not running, and the request needs it running.
    case notRunning(String)
    /// The container has no network of its own that others could be added to.
    case noOwnNetwork(String, mode: String)
    /// The container is on the network.
    case alreadyConnected(String, network: String)
    /// The container is not on the network.
    case notConnected(String, network: String)
    /// The container's processes did not end although they were killed.
    case survivesKill(String)
    /// The container whose namespace is to be shared does not run.
    case sharedNamespaceGone(String, kind: SharedNamespace.Kind)
    /// Another runtime could not do something.
    case foreignRuntime(ForeignRuntime, action: String, message: String)
    /// The monitor could not be started, or reported why the container could not.
    case monitorFailed(MonitorReport)

    /// What could not be done.
    public var what: String {
        switch self {
        case .nameTaken(let name, _): "cannot use the name `\(name)`"
        case .invalidName(let name): "cannot use the name `\(name)`"
        case .notFound(let reference): "no such container: \(reference)"
        case .ambiguous(let reference, _): "cannot tell which container `\(reference)` means"
        case .damaged(let path, _): "cannot read `\(path)`"
        case .system(let error): error.what
        case .alreadySupervised(let id): "cannot start container `\(id)`"
        case .running(let id): "container `\(id)` is running"
        case .notRunning(let id): "container `\(id)` is not running"
        case .noOwnNetwork(let id, _): "cannot connect container `\(id.prefix(12))` to a network"
        case .alreadyConnected(let id, let name): "cannot connect container `\(id.prefix(12))` to network `\(name)`"
        case .notConnected(let id, let name): "cannot disconnect container `\(id.prefix(12))` from network `\(name)`"
        case .survivesKill(let id): "cannot end container `\(id)`"
        case .sharedNamespaceGone(let name, let kind): "cannot share the \(kind.rawValue) namespace of `\(name)`"
        case .foreignRuntime(let runtime, let action, _):
            "cannot \(action) the container with runtime `\(runtime.name)`"
        case .monitorFailed(let report): report.what
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .nameTaken(_, let id): "container `\(id.prefix(12))` has it"
        case .invalidName: "a name is a letter or digit, then letters, digits, `_`, `.` and `-`"
        case .ambiguous(_, let candidates): "it fits " + candidates.map { "`\($0.prefix(12))`" }.joined(separator: ", ")
        case .damaged(_, let reason): reason
        case .system(let error): error.why
        case .alreadySupervised: "it is already being run"
        case .noOwnNetwork(_, let mode): "it was made with `--network \(mode)`"
        case .alreadyConnected: "it is on it"
        case .notConnected: "it is not on it"
        case .survivesKill: "its processes are still there after SIGKILL"
        case .sharedNamespaceGone: "that container is not running"
        case .foreignRuntime(_, _, let message): message
        case .monitorFailed(let report): report.why
        case .notFound, .running, .notRunning: nil
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .nameTaken(let name, _): "remove that container with `llmbox rm \(name)`, or choose another name"
        case .running(let id): "stop it first with `llmbox stop \(id.prefix(12))`"
        case .notRunning(let id): "start it with `llmbox start \(id.prefix(12))`"
        case .sharedNamespaceGone(let name, _): "start it with `llmbox start \(name)`"
        case .monitorFailed(let report): report.remedy
        case .ambiguous: "give more digits of the id"
        case .noOwnNetwork(_, NetworkSettings.Mode.user.rawValue):
            "start it with `--network bridge`, or with the name of a network, which can be joined by further ones"
        default: nil
        }
    }
}
