public import Diagnostics
public import LinuxKernel

/// Why an ordinary user cannot have containers here.
public enum RootlessError: Explainable, Equatable {
    /// The kernel does not let users make user namespaces; the parameter that says so, if one is known.
    case namespacesForbidden(SyscallError, parameter: String?)
    /// `newuidmap` or `newgidmap` refused what `/etc/subuid` and `/etc/subgid` promise.
    case mapRefused(program: String)
    /// The directory for state belongs to somebody else, or is open to others.
    case unsafeDirectory(String)
    /// A file or namespace could not be used.
    case system(SyscallError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .namespacesForbidden: "cannot work without root"
        case .mapRefused: "cannot use the subordinate ids of this user"
        case .unsafeDirectory(let path): "cannot keep state in `\(path)`"
        case .system(let error): error.what
        }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .namespacesForbidden(let error, _): "user namespaces are not available: \(error.why ?? error.what)"
        case .mapRefused(let program): "`\(program)` refused to map them"
        case .unsafeDirectory: "it is not a directory of this user's alone"
        case .system(let error): error.why
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .namespacesForbidden(_, let parameter?): "run `sudo sysctl -w \(parameter)`, or run llmbox as root"
        case .namespacesForbidden: "run llmbox as root"
        case .mapRefused:
            "compare the user's rows in `/etc/subuid` and `/etc/subgid`; no other user may have the same ids"
        case .unsafeDirectory: "set XDG_RUNTIME_DIR to a directory that only this user can use"
        case .system: nil
        }
    }
}
