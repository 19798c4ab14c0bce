internal import Glibc

/// A file or standard input, opened for reading.
struct InputFile: ~Copyable {
    /// The open descriptor.
    let descriptor: Int32
    /// What people call it.
    let name: String

    /// Opens `path`; nil and `-` mean standard input, which must not be a terminal.
    init(_ path: String?, command: String) throws(OutputError) {
        let isFile = path != nil && path != "-"
        let opened = isFile ? open(path ?? "", O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        let reason = String(cString: strerror(errno)).lowercased()
        descriptor = opened
        name = path ?? "-"
        if opened < 0 { throw .cannotOpen(name, reason: reason) }
        if !isFile, isatty(STDIN_FILENO) == 1 { throw .terminalInput(command: command) }
    }

    deinit { if descriptor > STDIN_FILENO { close(descriptor) } }
}
