internal import Engine
internal import Synchronization

/// Progress as lines that only ever grow, in BuildKit's form: for logs and for tools that read them.
final class PlainDisplay: BuildDisplay {
    private struct Vertex {
        var watch = Stopwatch()
        var isSettled = false
        /// The beginning of a line that has not ended yet.
        var partial: [UInt8] = []
    }

    private struct State {
        var vertices: [Int: Vertex] = [:]
    }

    private let state = Mutex(State())

    func show(_ event: BuildEvent) {
        let text = state.withLock { Self.text(of: event, state: &$0) }
        if !text.isEmpty { ErrorPresenter.write(text) }
    }

    func finish() {}

    private static func text(of event: BuildEvent, state: inout State) -> String {
        switch event {
        case .started(let number, let name):
            state.vertices[number] = Vertex()
            return "#\(number) \(ErrorPresenter.printable(name))\n"
        case .cached(let number):
            state.vertices[number]?.isSettled = true
            return "#\(number) CACHED\n\n"
        case .finished(let number):
            guard let vertex = state.vertices.removeValue(forKey: number) else { return "" }
            let rest = line(vertex.partial, number, vertex)
            if vertex.isSettled { return rest }
            return rest + "#\(number) DONE \(Stopwatch.text(vertex.watch.seconds, decimals: 1))s\n\n"
        case .canceled(let number):
            guard let vertex = state.vertices.removeValue(forKey: number) else { return "" }
            return line(vertex.partial, number, vertex) + "#\(number) CANCELED\n\n"
        case .failed(let number, let message):
            guard let vertex = state.vertices.removeValue(forKey: number) else { return "" }
            return line(vertex.partial, number, vertex) + "#\(number) ERROR: \(ErrorPresenter.printable(message))\n"
        case .progress(let number, let what, _, let total):
            let size = total.map { " \(HumanSize.decimal($0))" } ?? ""
            return "#\(number) \(ErrorPresenter.printable(what))\(size)\n"
        case .note(let number, let text): return "#\(number) \(ErrorPresenter.printable(text))\n"
        case .output(let number, _, let bytes): return output(bytes, number, &state)
        case .warning(let text): return WarningText.line(text)
        }
    }

    private static func output(_ bytes: [UInt8], _ number: Int, _ state: inout State) -> String {
        guard var vertex = state.vertices[number] else { return "" }
        var text = ""
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                text += line(vertex.partial, number, vertex, evenIfEmpty: true)
                vertex.partial = []
            } else {
                vertex.partial.append(byte)
                // A process that never ends its line must not fill the memory.
                if vertex.partial.count >= 1 << 16 {
                    text += line(vertex.partial, number, vertex)
                    vertex.partial = []
                }
            }
        }
        state.vertices[number] = vertex
        return text
    }

    private static func line(_ bytes: [UInt8], _ number: Int, _ vertex: Vertex, evenIfEmpty: Bool = false) -> String {
        guard evenIfEmpty || !bytes.isEmpty else { return "" }
        var text = String(decoding: bytes, as: UTF8.self)
        // Progress bars overwrite their line: what counts is the last state.
        if text.hasSuffix("\r") { text.removeLast() }
        if let last = text.split(separator: "\r").last { text = String(last) }
        let time = Stopwatch.text(vertex.watch.seconds, decimals: 3)
        return "#\(number) \(time) \(ErrorPresenter.printable(text))\n"
    }
}
