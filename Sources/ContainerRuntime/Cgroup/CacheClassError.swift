public import Diagnostics
public import LinuxKernel

/// Why a container cannot have a share of the processor's caches.
public enum CacheClassError: Explainable, Equatable {
    /// The machine has no resctrl file system.
    case notMounted
    /// The name of a class is none.
    case invalidName(String)
    /// A class is to be taken as it is, and there is none.
    case missing(String)
    /// A class exists and allows something else than was asked for.
    case different(String)
    /// The kernel refused.
    case system(SyscallError)

    /// What could not be done.
    public var what: String {
        switch self {
        case .system(let error): error.what
        default: "cannot give the container a share of the processor's caches (`intelRdt`)"
        }
    }

    /// The cause.
    public var why: String? {
        switch self {
        case .notMounted: "this machine has no file system of the kind `resctrl` mounted"
        case .invalidName(let name): "`\(name)` is no name of a class of service"
        case .missing(let name):
            "there is no class of service `\(name)`, and the specification does not say what it allows"
        case .different(let path): "the class of service `\(path)` exists and allows something else"
        case .system(let error): error.why
        }
    }

    /// What the reader can do.
    public var remedy: String? {
        self == .notMounted ? "mount it by `mount -t resctrl resctrl /sys/fs/resctrl`, if the processor can do it" : nil
    }
}
