internal import Diagnostics
internal import Engine

/// Turns the facts of a build into a picture of what is at work; time and the screen's size come from outside.
struct LiveRenderer {
    fileprivate struct Vertex {
        var name: String
        var start: Double
        var isCached = false
        var note = ""
        var lines: [String] = []
        var partial: [UInt8] = []
        var transfers: [String: Transfer] = [:]
        var order: [String] = []
    }

    fileprivate struct Transfer {
        var start: Double
        var bytes: Int64
        var total: Int64?
    }

    private static let shownLines = 6
    private static let shownTransfers = 4
    private var vertices: [Int: Vertex] = [:]
    private var start: Double?
    private var done = 0

    /// Takes a fact.
    ///
    /// - Returns: The lines that stay on the screen, above everything that moves.
    mutating func show(_ event: BuildEvent, at now: Double, width: Int, usesColor: Bool) -> String {
        switch event {
        case .started(let number, let name):
            start = start ?? now
            vertices[number] = Vertex(name: ErrorPresenter.printable(name), start: now)
        case .cached(let number): vertices[number]?.isCached = true
        case .finished(let number): return settle(number, "=>", usesColor ? "32" : nil, now, width)
        case .canceled(let number): return settle(number, "=> CANCELED", usesColor ? "33" : nil, now, width)
        case .failed(let number, _): return settle(number, "=> ERROR", usesColor ? "31" : nil, now, width)
        case .progress(let number, let what, let bytes, let total):
            let what = ErrorPresenter.printable(what)
            if vertices[number]?.transfers[what] == nil {
                vertices[number]?.order.append(what)
                vertices[number]?.transfers[what] = Transfer(start: now, bytes: bytes, total: total)
            } else {
                vertices[number]?.transfers[what]?.bytes = bytes
                vertices[number]?.transfers[what]?.total = total
            }
            if bytes == total { vertices[number]?.order.removeAll { $0 == what } }
        case .note(let number, let text): vertices[number]?.note = ErrorPresenter.printable(text)
        case .output(let number, _, let bytes): vertices[number]?.take(bytes)
        case .warning(let text): return WarningText.line(text)
        }
        return ""
    }

    /// The lines that move, never more than fit on the screen.
    func picture(at now: Double, width: Int, height: Int) -> [String] {
        guard !vertices.isEmpty, let start else { return [] }
        var lines = [
            Self.fitted("[+] Building \(seconds(start, now))", "\(done) done, \(vertices.count) running", width)
        ]
        let room = max(1, height - 2)
        let numbers = vertices.keys.sorted()
        // Everybody has a line; what is left is shared for what they have to tell.
        let share = min(Self.shownLines, max(0, room - numbers.count) / numbers.count)
        for number in numbers.prefix(room) {
            guard let vertex = vertices[number] else { continue }
            lines.append(Self.fitted(" => \(vertex.name)", seconds(vertex.start, now), width))
            var details: [String] = []
            if !vertex.note.isEmpty { details.append(Self.fitted(" => => \(vertex.note)", "", width)) }
            for what in vertex.order.prefix(Self.shownTransfers) {
                guard let transfer = vertex.transfers[what] else { continue }
                details.append(Self.fitted(" => => \(what)", Self.text(of: transfer, now), width))
            }
            details += vertex.lines.suffix(max(0, share - details.count)).map {
                Self.fitted(" => => # \($0)", "", width)
            }
            lines += details.prefix(share)
        }
        return lines
    }

    /// How many rows lines of so many columns take: a terminal that has become narrower since has wrapped them.
    static func rows(of columns: [Int], width: Int) -> Int {
        columns.reduce(0) { $0 + max(1, ($1 + width - 1) / max(1, width)) }
    }

    /// How far a transfer is, how fast, and how long it will take.
    private static func text(of transfer: Transfer, _ now: Double) -> String {
        var text = HumanSize.decimal(transfer.bytes)
        if let total = transfer.total { text += " / \(HumanSize.decimal(total))" }
        let elapsed = now - transfer.start
        guard elapsed >= 0.1, transfer.bytes > 0 else { return text }
        let speed = Double(transfer.bytes) / elapsed
        text += "  \(HumanSize.decimal(Int64(speed)))/s"
        if let total = transfer.total, total > transfer.bytes {
            text += "  ETA \(Stopwatch.text(Double(total - transfer.bytes) / speed, decimals: 1))s"
        }
        return text
    }

    private mutating func settle(_ number: Int, _ mark: String, _ color: String?, _ now: Double, _ width: Int)
        -> String
    {
        guard let vertex = vertices.removeValue(forKey: number) else { return "" }
        done += 1
        let cached = vertex.isCached ? " CACHED" : ""
        let line = Self.fitted(" \(mark)\(cached) \(vertex.name)", seconds(vertex.start, now), width)
        return color.map { "\u{1B}[\($0)m\(line)\u{1B}[0m\n" } ?? line + "\n"
    }

    private func seconds(_ start: Double, _ now: Double) -> String {
        Stopwatch.text(max(0, now - start), decimals: 1) + "s"
    }

    /// A line that never wraps: its text cut to the terminal's width, its end at the right edge.
    static func fitted(_ text: String, _ end: String, _ width: Int) -> String {
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
}

extension LiveRenderer.Vertex {
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
