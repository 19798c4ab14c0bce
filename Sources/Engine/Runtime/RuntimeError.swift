internal import ContainerRuntime
public import Diagnostics

/// Why the OCI runtime cannot do what it was asked for.
public enum RuntimeError: Explainable, Equatable {
    /// The id has characters that are no id's.
    case invalidID(String)
    /// The id is taken.
    case exists(String)
    /// There is no container of this id.
    case notFound(String)
    /// The container is in another state than the command needs.
    case wrongState(String, state: String, needed: String)
    /// The bundle cannot be used.
    case bundle(path: String, reason: String)
    /// An option and the specification do not go together.
    case terminal(reason: String)
    /// A hook of the specification failed.
    case hook(path: String, reason: String)
    /// The program is not in the container.
    case commandNotFound(String)
    /// The program is there and cannot be executed.
    case commandNotExecutable(String, reason: String)
    /// The specification and what it names do not go together.
    case contradiction(String)
    /// Something that runc has and llmbox does not.
    case unsupported(String)
    /// Checkpoints, which runc makes with CRIU.
    case noCheckpoints
    /// A tool of the host's that a command needs is missing or fails.
    case tool(String, reason: String)
    /// The stored state of a container cannot be read.
    case damaged(path: String, reason: String)

    /// What could not be done.
    public var what: String {
        switch self {
        case .invalidID(let id): "cannot use `\(id)` as a container's id"
        case .exists(let id): "cannot create container `\(id)`"
        case .notFound(let id): "cannot find container `\(id)`"
        case .wrongState(let id, _, let needed): "cannot \(needed) container `\(id)`"
        case .bundle(let path, _): "cannot use the bundle `\(path)`"
        case .terminal: "cannot give the container a terminal"
        case .hook(let path, _): "cannot run hook `\(path)`"
        case .commandNotFound(let program), .commandNotExecutable(let program, _): "cannot execute `\(program)`"
        case .contradiction: "cannot use the specification"
        case .unsupported(let feature): "cannot use \(feature)"
        case .noCheckpoints: "cannot make or restore checkpoints"
        case .tool(let program, _): "cannot use `\(program)` of the host"
        case .damaged(let path, _): "cannot read `\(path)`"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .invalidID: "an id is made of letters, digits, `_`, `+`, `-` and `.`"
        case .exists: "container with given ID already exists"
        // The words by which engines recognise it.
        case .notFound: "container does not exist"
        case .wrongState(_, let state, _): "container not running: it is \(state)"
        case .bundle(_, let reason), .terminal(let reason), .hook(_, let reason), .contradiction(let reason):
            reason
        // The words by which engines tell exit code 127 from 126.
        case .commandNotFound: "executable file not found in $PATH: no such file or directory"
        case .commandNotExecutable(_, let reason): reason
        case .unsupported: "it is not supported yet"
        case .noCheckpoints: "llmbox does not work with CRIU"
        case .tool(_, let reason), .damaged(_, let reason): reason
        }
    }

    /// What to do about it.
    public var remedy: String? {
        switch self {
        case .exists(let id): "choose another id, or remove the container by `delete \(id)`"
        case .wrongState(let id, "stopped", "remove"): "remove it by `delete \(id)`"
        case .wrongState(let id, _, "remove"): "end it first by `kill \(id)`, or use `delete --force \(id)`"
        default: nil
        }
    }
}

extension RuntimeError {
    /// Puts the failure of a start into the words that engines know.
    static func naming<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch LaunchError.commandNotFound(let program) {
            throw RuntimeError.commandNotFound(program)
        } catch LaunchError.commandNotExecutable(let program, let errno) {
            let error = LaunchError.commandNotExecutable(program, errno)
            throw RuntimeError.commandNotExecutable(program, reason: error.why ?? "\(errno)")
        }
    }
}
