internal import Engine
internal import Glibc

/// Asks the person at the terminal.
enum Prompt {
    private static let limit = 1 << 16

    /// Asks for a line; an empty answer takes the proposal.
    static func line(_ question: String, proposal: String?) throws -> String {
        let hint = proposal.map { " (\(ErrorPresenter.printable($0)))" } ?? ""
        guard isatty(STDIN_FILENO) == 1 else { throw RegistryAccessError.incomplete(missing: "user name") }
        ErrorPresenter.write("\(question)\(hint): ")
        let answer = readLine() ?? ""
        return answer.isEmpty ? proposal ?? "" : answer
    }

    /// Asks for a line that is not shown.
    static func secret(_ question: String) throws -> String {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { throw RegistryAccessError.incomplete(missing: "password") }
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            ErrorPresenter.write("\n")
        }
        ErrorPresenter.write("\(question): ")
        return readLine() ?? ""
    }

    /// Standard input to its end, without the line break there.
    static func all() throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        while let last = bytes.last, last == 10 || last == 13 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
