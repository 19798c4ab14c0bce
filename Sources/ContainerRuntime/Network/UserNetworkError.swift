public import Diagnostics
public import LinuxKernel

/// Why a container without root has no network.
public enum UserNetworkError: Explainable, Equatable {
    /// What it takes is not there; the words say what.
    case impossible(String)
    /// The program ended with these words.
    case failed(program: String, String)
    /// A port cannot be had.
    indirect case port(NetworkError)
    /// It could not be started.
    case system(SyscallError)

    /// What could not be done.
    public var what: String {
        if case .port(let error) = self { error.what } else { "cannot give the container a network" }
    }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .impossible(let obstacle): "there is no way out without root: \(obstacle)"
        case .failed(let program, let words): "`\(program)`: \(words)"
        case .port(let error): error.why
        case .system(let error): error.description
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .impossible(let words) where !words.contains("tun"):
            "install it with `apt-get install passt`, or run with `--network host` or `--network none`"
        case .failed(_, let words) where words.contains("tun"), .impossible(let words):
            "every user must be able to open `/dev/net/tun`; or run with `--network host` or `--network none`"
        case .port(let error): error.remedy
        case .failed, .system: "run with `--network host` or `--network none`"
        }
    }
}
