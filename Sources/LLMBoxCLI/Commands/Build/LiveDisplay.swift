internal import Diagnostics
internal import Engine
internal import Glibc
internal import Synchronization

/// Progress in a terminal: finished work as lines that stay, running work below them, redrawn in place.
///
/// The cursor is never hidden and no mode of the terminal is changed, so there is nothing to restore when the program is
/// killed: what can be left behind is a line of progress.
final class LiveDisplay: BuildDisplay {
    fileprivate struct Vertex {
        var name: String
        var watch = Stopwatch()
        var isCached = false
        var detail = ""
        var lines: [String] = []
        var partial: [UInt8] = []
    }

    private struct State {
        var vertices: [Int: Vertex] = [:]
        var order: [Int] = []
        /// How many lines of running work are on the screen.
        var drawn = 0
        var isFinished = false
    }

    private static let shownLines = 6
    private let state = Mutex(State())
    private let usesColor = GlobalSettings.environment("NO_COLOR").map(\.isEmpty) ?? true

    init() {
        startTicker()
    }

    func show(_ event: BuildEvent) {
        let usesColor = usesColor
        let text = state.withLock { state in
            let settled = Self.apply(event, to: &state, usesColor: usesColor)
            return Self.erase(&state) + settled + Self.draw(&state)
        }
        ErrorPresenter.write(text)
    }

    func finish() {
        let text = state.withLock { state in
            state.isFinished = true
            return Self.erase(&state)
        }
        ErrorPresenter.write(text)
    }

    // MARK: Time

    /// Redraws ten times a second, so that running times run; ends with the display.
    private func startTicker() {
        let box = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let display = Unmanaged<LiveDisplay>.fromOpaque(argument).takeRetainedValue()
                while display.tick() { usleep(100_000) }
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            // Without the thread the display moves with events only.
            box.release()
            return
        }
        pthread_detach(thread)
    }

    private func tick() -> Bool {
        let text = state.withLock { state -> String? in
            guard !state.isFinished else { return nil }
            return state.order.isEmpty ? "" : Self.erase(&state) + Self.draw(&state)
        }
        guard let text else { return false }
        if !text.isEmpty { ErrorPresenter.write(text) }
        return true
    }

    // MARK: Events

    /// Applies a fact and returns the lines that stay.
    private static func apply(_ event: BuildEvent, to state: inout State, usesColor: Bool) -> String {
        switch event {
        case .started(let number, let name):
            state.vertices[number] = Vertex(name: ErrorPresenter.printable(name))
            state.order.append(number)
        case .cached(let number): state.vertices[number]?.isCached = true
        case .finished(let number): return settle(number, mark: "=>", color: "32", &state, usesColor)
        case .canceled(let number): return settle(number, mark: "=> CANCELED", color: "33", &state, usesColor)
        case .failed(let number, _): return settle(number, mark: "=> ERROR", color: "31", &state, usesColor)
        case .progress(let number, let what, _, let total):
            let size = total.map { " \(HumanSize.decimal($0))" } ?? ""
            state.vertices[number]?.detail = ErrorPresenter.printable(what) + size
        case .note(let number, let text): state.vertices[number]?.detail = ErrorPresenter.printable(text)
        case .output(let number, _, let bytes): state.vertices[number]?.take(bytes)
        case .warning(let text): return WarningText.line(text)
        }
        return ""
    }

    private static func settle(
        _ number: Int,
        mark: String,
        color: String,
        _ state: inout State,
        _ usesColor: Bool
    ) -> String {
        state.order.removeAll { $0 == number }
        guard let vertex = state.vertices.removeValue(forKey: number) else { return "" }
        let cached = vertex.isCached ? " CACHED" : ""
        let time = Stopwatch.text(vertex.watch.seconds, decimals: 1) + "s"
        let line = fitted(" \(mark)\(cached) \(vertex.name)", time)
        return usesColor ? "\u{1B}[\(color)m\(line)\u{1B}[0m\n" : line + "\n"
    }

    // MARK: Drawing

    private static func erase(_ state: inout State) -> String {
        guard state.drawn > 0 else { return "" }
        defer { state.drawn = 0 }
        return "\u{1B}[\(state.drawn)A\u{1B}[0J"
    }

    private static func draw(_ state: inout State) -> String {
        var lines: [String] = []
        for number in state.order {
            guard let vertex = state.vertices[number] else { continue }
            lines.append(fitted(" => \(vertex.name)", Stopwatch.text(vertex.watch.seconds, decimals: 1) + "s"))
            if !vertex.detail.isEmpty { lines.append(fitted(" => => \(vertex.detail)", "")) }
            lines += vertex.lines.suffix(shownLines).map { fitted(" => => # \($0)", "") }
        }
        state.drawn = lines.count
        return lines.map { $0 + "\n" }.joined()
    }

    /// A line that never wraps: its text cut to the terminal's width, its end at the right edge.
    private static func fitted(_ text: String, _ end: String) -> String {
        let width = terminalWidth
        let room = max(10, width - end.utf8.count - 2)
        var used = 0
        var result = ""
        for scalar in text.unicodeScalars {
            let scalar = scalar == "\t" || scalar == "\n" ? " " : scalar
            let columns = TerminalText.width(of: scalar)
            guard used + columns <= room else { break }
            result.unicodeScalars.append(scalar)
            used += columns
        }
        if end.isEmpty { return result }
        return result + String(repeating: " ", count: room - used + 1) + end
    }

    private static var terminalWidth: Int {
        // Rows, columns and two sizes in pixels.
        var size: [UInt16] = [0, 0, 0, 0]
        let status = size.withUnsafeMutableBytes { buffer -> Int32 in
            guard let base = buffer.baseAddress else { return -1 }
            return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), base)
        }
        return status == 0 && size[1] > 0 ? Int(size[1]) : 80
    }
}

extension LiveDisplay.Vertex {
    /// Cuts output into lines; a carriage return begins the line again.
    fileprivate mutating func take(_ bytes: [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"):
                lines.append(ErrorPresenter.printable(String(decoding: partial, as: UTF8.self)))
                if lines.count > 16 { lines.removeFirst() }
                partial = []
            case UInt8(ascii: "\r"): partial = []
            default: if partial.count < 4096 { partial.append(byte) }
            }
        }
    }
}
