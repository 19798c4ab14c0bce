public import Diagnostics

/// Why a specification makes no launch plan.
public enum PlanError: Explainable, Equatable {
    /// There is nothing to run.
    case noProcess
    /// The specification asks for something that is not built yet.
    case unsupported(String)
    /// Parts of the specification contradict each other.
    case contradiction(String)
    /// A name in the specification means nothing.
    case unknown(String, name: String)
    /// The system call filter cannot be made.
    case seccomp(SeccompError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .seccomp(let error): error.what
        default: "cannot plan the container's start"
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .noProcess: "the specification has no process with arguments"
        case .contradiction(let reason): "the specification is wrong: \(reason)"
        case .unsupported(let feature): "\(feature) is not supported yet"
        case .unknown(let kind, let name): "`\(name)` is no \(kind)"
        case .seccomp(let error): error.why
        }
    }
}
