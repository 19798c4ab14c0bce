public import Diagnostics
public import LinuxKernel

/// Why a container without root has no network.
public enum UserNetworkError: Explainable, Equatable {
    /// The program that carries the packets is not installed.
    case programMissing(String)
    /// The program ended with these words.
    case failed(program: String, String)
    /// It could not be started.
    case system(SyscallError)

    /// What could not be done.
    public var what: String { "cannot give the container a network" }

    /// The cause, when one is known.
    public var why: String? {
        switch self {
        case .programMissing(let name):
            "without root it takes the program `\(name)`, or `slirp4netns`, and neither is installed"
        case .failed(let program, let words): "`\(program)`: \(words)"
        case .system(let error): error.description
        }
    }

    /// What the reader can do, when something is known.
    public var remedy: String? {
        switch self {
        case .programMissing:
            "install it with `apt-get install passt`, or run with `--network host` or `--network none`"
        case .failed(_, let words) where words.contains("tun"):
            "every user must be able to open `/dev/net/tun`; or run with `--network host` or `--network none`"
        case .failed, .system: "run with `--network host` or `--network none`"
        }
    }
}
