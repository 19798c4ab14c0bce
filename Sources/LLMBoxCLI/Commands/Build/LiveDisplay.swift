internal import Diagnostics
internal import Engine
internal import Glibc
internal import Synchronization

/// Progress in a terminal: finished work as lines that stay, running work below them, redrawn in place.
///
/// The cursor is never hidden and no mode of the terminal is changed, so there is nothing to restore when the program is
/// killed: what can be left behind is a picture of progress.
final class LiveDisplay: BuildDisplay {
    private struct State {
        var renderer = LiveRenderer()
        /// The columns of the lines of running work that are on the screen.
        var drawn: [Int] = []
        var isFinished = false
    }

    private let state = Mutex(State())
    private let usesColor = GlobalSettings.environment("NO_COLOR").map(\.isEmpty) ?? true

    init() {
        // Redrawn ten times a second, so that running times run; ends with the display.
        Ticker.start(every: 100) { [weak self] in self?.tick() ?? false }
    }

    func show(_ event: BuildEvent) {
        let size = Self.terminalSize
        state.withLock { state in
            let settled = state.renderer.show(event, at: Stopwatch.now, width: size.width, usesColor: usesColor)
            // What moves is drawn by the clock: a process that writes a lot must not make the screen flicker.
            if !settled.isEmpty { ErrorPresenter.write(Self.erase(&state, size) + settled + Self.draw(&state, size)) }
        }
    }

    func finish() {
        let size = Self.terminalSize
        state.withLock { state in
            state.isFinished = true
            ErrorPresenter.write(Self.erase(&state, size))
        }
    }

    private func tick() -> Bool {
        let size = Self.terminalSize
        return state.withLock { state in
            guard !state.isFinished else { return false }
            let text = Self.erase(&state, size) + Self.draw(&state, size)
            if !text.isEmpty { ErrorPresenter.write(text) }
            return true
        }
    }

    private static func erase(_ state: inout State, _ size: (width: Int, height: Int)) -> String {
        guard !state.drawn.isEmpty else { return "" }
        defer { state.drawn = [] }
        return "\u{1B}[\(LiveRenderer.rows(of: state.drawn, width: size.width))A\u{1B}[0J"
    }

    private static func draw(_ state: inout State, _ size: (width: Int, height: Int)) -> String {
        let lines = state.renderer.picture(at: Stopwatch.now, width: size.width, height: size.height)
        state.drawn = lines.map { line in line.unicodeScalars.reduce(0) { $0 + TerminalText.width(of: $1) } }
        return lines.map { $0 + "\n" }.joined()
    }

    private static var terminalSize: (width: Int, height: Int) {
        // Rows, columns and two sizes in pixels.
        var size: [UInt16] = [0, 0, 0, 0]
        let status = size.withUnsafeMutableBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return -1 }
            return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), base)
        }
        guard status == 0, size[0] > 0, size[1] > 0 else { return (80, 24) }
        return (Int(size[1]), Int(size[0]))
    }
}
