internal import Diagnostics
internal import Engine
internal import Glibc

/// Reads the value of `--ssh`.
enum SSHOptionText {
    /// `ID` alone means the caller's agent; behind `=` stands its socket, or files of keys with commas between them.
    static func source(_ text: String, environment: (String) -> String?) throws(SSHOptionError) -> SSHSource {
        let (id, value) = BuildOptionText.pair(text)
        guard !id.isEmpty, value != "" else { throw .malformed(text) }
        guard let value else {
            guard let socket = environment("SSH_AUTH_SOCK"), !socket.isEmpty else { throw .noAgent(text) }
            guard kind(of: socket) == S_IFSOCK else { throw .noSocket(socket) }
            return SSHSource(id: id, kind: .agent(socket: ContainerOptionGroup.absolute(socket)))
        }
        let paths = value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        var keys: [String] = []
        for path in paths {
            switch kind(of: path) {
            case nil: throw .missing(path)
            case S_IFSOCK? where paths.count == 1:
                return SSHSource(id: id, kind: .agent(socket: ContainerOptionGroup.absolute(path)))
            case S_IFREG?: keys.append(ContainerOptionGroup.absolute(path))
            default: throw .neither(path)
            }
        }
        return SSHSource(id: id, kind: .keys(keys))
    }

    private static func kind(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
    }
}

/// What is wrong with an `--ssh`.
enum SSHOptionError: Explainable, Equatable {
    case malformed(String)
    case noAgent(String)
    case noSocket(String)
    case missing(String)
    case neither(String)
    case repeated(String)

    var what: String {
        switch self {
        case .malformed(let text), .noAgent(let text), .repeated(let text): "cannot use `--ssh \(text)`"
        case .noSocket(let path), .missing(let path), .neither(let path): "cannot use `\(path)` for `--ssh`"
        }
    }

    var why: String? {
        switch self {
        case .malformed: "it is not of the form `ID`, `ID=SOCKET` or `ID=KEY[,KEY]`"
        case .noAgent: "`SSH_AUTH_SOCK` does not tell where your agent is"
        case .noSocket: "`SSH_AUTH_SOCK` names it, and it is no socket"
        case .missing: "it does not exist, or may not be looked at"
        case .neither: "it is neither the socket of an agent nor the file of a key"
        case .repeated: "it is given twice"
        }
    }

    var remedy: String? {
        if case .noAgent(let text) = self { "start `ssh-agent`, or name a key: `--ssh \(text)=FILE`" } else { nil }
    }
}
