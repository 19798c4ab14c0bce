public import Diagnostics

/// Why a request makes no container.
public enum SpecError: Explainable, Equatable {
    /// Neither the image nor the request says what to run.
    case noCommand
    /// The working directory is relative.
    case relativeWorkingDirectory(String)
    /// No capability has the name.
    case unknownCapability(String, option: String, suggestion: String?)
    /// The caller cannot give a capability that it lacks.
    case capabilityNotHeld(String)
    /// The kernel parameter is the machine's and not the container's.
    case sysctlNotNamespaced(String)
    /// The kernel parameter belongs to a namespace that the container shares with the host.
    case sysctlOfHost(String, namespace: String)
    /// Two mounts have the same place.
    case duplicateMount(String)
    /// The mount would cover what makes the container.
    case reservedDestination(String)
    /// A text that goes to the kernel contains a zero byte.
    case zeroByte(String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .noCommand: "cannot run a container without a command"
        case .relativeWorkingDirectory(let path): "cannot use `\(path)` as the working directory"
        case .unknownCapability(let name, let option, _): "cannot use `\(name)` as \(option)"
        case .capabilityNotHeld(let name): "cannot give the container `\(name)`"
        case .sysctlNotNamespaced(let name), .sysctlOfHost(let name, _): "cannot set the kernel parameter `\(name)`"
        case .duplicateMount(let path), .reservedDestination(let path): "cannot mount at `\(path)`"
        case .zeroByte(let place): "cannot use \(place)"
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .noCommand: "the image has neither ENTRYPOINT nor CMD"
        case .relativeWorkingDirectory: "it must be absolute"
        case .unknownCapability: "there is no such capability"
        case .capabilityNotHeld: "llmbox itself lacks it on this machine"
        case .sysctlNotNamespaced: "it would change the whole machine"
        case .sysctlOfHost(_, let namespace): "the container shares the \(namespace) namespace with the host"
        case .duplicateMount: "it is asked for twice"
        case .reservedDestination: "the container's own mount is there"
        case .zeroByte: "it contains a zero byte"
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .noCommand: "write the command behind the image"
        case .unknownCapability(_, _, let suggestion?): "did you mean `\(suggestion)`?"
        default: nil
        }
    }
}
