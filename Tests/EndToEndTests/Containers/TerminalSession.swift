internal import Glibc
internal import SystemPackage
internal import TestSupport

/// A person at a terminal: a shell in a tmux of its own, which the test types into and looks at.
struct TerminalSession {
    private let socket: String
    private let environment: [String: String]

    /// Opens a terminal of 100 × 30 with bash in it, for the time of `body`.
    static func with(_ llmbox: LLMBoxProgram, _ body: (TerminalSession) throws -> Void) throws {
        let session = TerminalSession(
            socket: llmbox.root.removingLastComponent().appending("tmux").string,
            environment: llmbox.environment.merging(["HISTFILE": "", "TERM": "screen"]) { $1 }
        )
        _ = session.tmux("new-session", "-d", "-x", "100", "-y", "30", "bash --norc --noprofile")
        // The server inherits blocked signals from the tests, so it does not end by its own means.
        let server = pid_t(session.tmux("display-message", "-p", "#{pid}").line)
        defer { if let server { kill(server, SIGKILL) } }
        // The program's path is long; the screen is not wide.
        _ = session.tmux("set-option", "-g", "status", "off")
        session.type("l() { \(LLMBoxProgram.path) \"$@\"; }; PS1='outside$ '; clear")
        session.waitFor("outside$")
        try body(session)
    }

    /// Types a line and the enter key.
    func type(_ line: String) {
        _ = tmux("send-keys", "-l", line)
        _ = tmux("send-keys", "Enter")
    }

    /// Presses keys by tmux's names, such as `C-c`.
    func press(_ keys: String...) {
        for key in keys { _ = tmux("send-keys", key) }
    }

    /// Gives the terminal another size.
    func resize(columns: Int, rows: Int) {
        _ = tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// The screen, once `text` stands on it or a minute has gone by.
    @discardableResult
    func waitFor(_ text: String) -> String {
        var screen = ""
        for _ in 0..<1200 {
            screen = tmux("capture-pane", "-p").output
            if screen.contains(text) { return screen }
            usleep(50_000)
        }
        return screen
    }

    /// A checksum of what `stty -g` says of the terminal, typed where a shell of the host's reads.
    func settings(_ mark: String) -> String {
        type("clear; printf '%s=%s\\n' \(mark) \"$(stty -g | cksum)\"")
        let screen = waitFor("\(mark)=")
        for line in screen.split(separator: "\n") where line.hasPrefix("\(mark)=") {
            return String(line.dropFirst(mark.count))
        }
        return "nothing: \(screen)"
    }

    private func tmux(_ words: String...) -> CommandResult {
        run(["tmux", "-S", socket, "-f", "/dev/null"] + words, environment: environment)
    }
}
