public import Diagnostics

/// Why a container cannot be made or used.
public enum RunError: Explainable {
    /// The image is not in the store, and may not be fetched.
    case imageMissing(String)
    /// A bind mount's source does not exist.
    case sourceMissing(String)
    /// A path that should be a device is none.
    case notADevice(String)
    /// Ports cannot be published in this kind of network.
    case portsWithoutBridge(String)
    /// Ports lead to containers of networks that are not internal.
    case portsOfInternal(String)
    /// A port was asked for that is not published.
    case notPublished(String, container: String)
    /// The container has no process to look at.
    case notRunning(String)
    /// The container's processes are frozen.
    case paused(String)
    /// The container's processes are not frozen.
    case notPaused(String)
    /// The process that looked after the container was killed.
    case monitorLost(String)
    /// A device that is to be passed does not exist.
    case deviceMissing(String)
    /// The container's output is not kept.
    case noLog(String)
    /// The container has the name that it is to get.
    case sameName(String)
    /// A terminal was asked for where there is none.
    case inputIsNoTerminal
    /// The host's `ps` could not show the processes.
    case psFailed(String)
    /// There is no command to examine the container's health by.
    case noHealthCheck(String)
    /// The machine's settings cannot be understood.
    case badSettings(String)
    /// The container is in use.
    case stillRunning(String)
    /// A volume has the name and another content, or is in use.
    case volumeInUse(String, by: [String])
    /// There is no such volume.
    case volumeMissing(String)
    /// The name is no volume's name.
    case badVolumeName(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .imageMissing(let image): "cannot find image `\(image)`"
        case .sourceMissing(let path): "cannot mount `\(path)`"
        case .noLog(let name): "cannot show the output of container `\(name)`"
        case .notADevice(let path), .deviceMissing(let path): "cannot pass `\(path)` as a device"
        case .notPublished(let port, let container): "cannot show where port `\(port)` of `\(container)` is published"
        case .portsOfInternal(let name): "cannot publish ports with `--network \(name)`"
        case .portsWithoutBridge(let mode): "cannot publish ports with `--network \(mode)`"
        case .notRunning(let name): "container `\(name)` is not running"
        case .paused(let name): "container `\(name)` is paused"
        case .notPaused(let name): "container `\(name)` is not paused"
        case .monitorLost(let name): "cannot tell how container `\(name)` ended"
        case .sameName(let name): "cannot rename container `\(name)`"
        case .inputIsNoTerminal: "cannot attach a terminal"
        case .psFailed: "cannot show the processes"
        case .noHealthCheck(let name): "cannot examine the health of container `\(name)`"
        case .badSettings(let path): "cannot read the settings in `\(path)`"
        case .stillRunning(let name): "cannot remove container `\(name)`"
        case .volumeInUse(let name, _): "cannot remove volume `\(name)`"
        case .volumeMissing(let name): "cannot find volume `\(name)`"
        case .badVolumeName(let name): "cannot use `\(name)` as a volume's name"
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .imageMissing: "it is not in the store, and `--pull never` was given"
        case .sourceMissing, .deviceMissing: "it does not exist"
        case .noLog: "it was made with `--log-driver none`, which keeps nothing"
        case .notADevice: "it is no device node"
        case .notPublished: "the container does not publish it, or does not run"
        case .portsOfInternal: "the network is internal: nothing from outside leads there"
        case .portsWithoutBridge: "the container has no network of its own that ports could lead to"
        case .notRunning, .paused, .notPaused, .volumeMissing: nil
        case .badSettings: "it is no JSON object with texts as values"
        case .monitorLost: "the process that looked after it was killed"
        case .psFailed(let reason): reason
        case .sameName: "that is its name"
        case .noHealthCheck: "it has no health check"
        case .stillRunning: "it is running"
        case .inputIsNoTerminal: "the input device is not a TTY"
        case .volumeInUse(_, let containers): "containers use it: \(containers.joined(separator: ", "))"
        case .badVolumeName: "a name is a letter or digit, then letters, digits, `_`, `.` and `-`"
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .imageMissing(let image): "run `llmbox pull \(image)`, or build it"
        case .stillRunning(let name): "stop it with `llmbox stop \(name)`, or use `rm -f`"
        case .noHealthCheck: "give it one with `--health-cmd`, or HEALTHCHECK in its Dockerfile"
        case .inputIsNoTerminal: "leave out `-t`, or `-i`"
        case .notRunning(let name): "start it with `llmbox start \(name)`"
        case .paused(let name): "let it go on with `llmbox unpause \(name)`"
        default: nil
        }
    }
}
