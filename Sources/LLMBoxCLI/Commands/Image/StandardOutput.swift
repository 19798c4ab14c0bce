internal import Diagnostics
internal import Glibc

/// Standard output as data: written at once, and a reader that went away is no failure.
enum StandardOutput {
    /// Writes `text` as it is.
    static func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(STDOUT_FILENO, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                if count < 0, errno == EPIPE { return }
                guard count > 0 else { throw OutputError.writeFailed(String(cString: strerror(errno))) }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Writes `text` and a newline, with control characters of foreign origin escaped.
    static func line(_ text: String) throws {
        try write(TerminalText.escaped(text, keepingLayout: false) + "\n")
    }

    /// Writes what `print` has collected; a command whose output got lost has not succeeded.
    ///
    /// A reader that goes away (`llmbox ps | head -1`) has seen what it wanted.
    static func finish() throws {
        guard fflush(nil) != 0, errno != EPIPE else { return }
        throw OutputError.writeFailed(String(cString: strerror(errno)))
    }

    /// Opens `/dev/null` in the place of those standard streams that are closed, as cron and some supervisors leave them.
    ///
    /// The next file would else get the number of one, and a message to standard error would be written into it.
    static func replaceClosedStreams() {
        for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) < 0 {
            // The lowest free number is this one, because those below it are open.
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// Why output cannot be given.
enum OutputError: Explainable {
    /// The system refused it.
    case writeFailed(String)
    /// An image archive would land on a terminal.
    case terminal(command: String)
    /// An image archive would be read from a terminal.
    case terminalInput(command: String)
    /// A file cannot be opened.
    case cannotOpen(String, reason: String)

    var what: String {
        switch self {
        case .writeFailed: "cannot write to standard output"
        case .terminal: "cannot write an image archive to a terminal"
        case .terminalInput: "cannot read an image archive from a terminal"
        case .cannotOpen(let path, _): "cannot open `\(path)`"
        }
    }

    var why: String? {
        switch self {
        case .writeFailed(let reason), .cannotOpen(_, let reason): reason
        case .terminal, .terminalInput: nil
        }
    }

    var remedy: String? {
        switch self {
        case .terminal: "use `-o FILE`, or send the output into a pipe"
        case .terminalInput(let command): "name a file, or send an archive into `llmbox \(command)`"
        default: nil
        }
    }
}
