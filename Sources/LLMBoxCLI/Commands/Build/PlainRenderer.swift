internal import Engine

/// Turns the facts of a build into lines in BuildKit's form; time comes from outside.
///
/// Only one piece of work speaks at a time. What others say meanwhile waits until it is done, or until it has had the
/// word for some seconds: then its line `#4 ...` says that it goes on later.
struct PlainRenderer {
    private struct Vertex {
        var name: String
        var start: Double
        var isCached = false
        /// Lines that wait for the word; the name is one of them.
        var waiting: [String] = []
        var hasSpoken = false
        var isDone = false
        /// The beginning of a line that has not ended yet.
        var partial: [UInt8] = []
        var transfers: [String: Transfer] = [:]
    }

    private struct Transfer {
        var start: Double
        var shown: Double
    }

    /// How long one piece of work keeps the word while others wait.
    static let patience = 3.0
    /// How often a long transfer says how far it is.
    static let transferInterval = 5.0

    private var vertices: [Int: Vertex] = [:]
    private var speaker: Int?
    private var speakerSince = 0.0
    private var hasWritten = false

    /// The text to write for a fact.
    mutating func show(_ event: BuildEvent, at now: Double) -> String {
        switch event {
        case .started(let number, let name):
            vertices[number] = Vertex(name: ErrorPresenter.printable(name), start: now)
            if speaker == nil { return give(number, now) }
            return tick(at: now)
        case .cached(let number):
            vertices[number]?.isCached = true
            return say("CACHED", number, now)
        case .finished(let number):
            let isCached = vertices[number]?.isCached ?? false
            return end(number, isCached ? nil : "DONE \(seconds(since: vertices[number]?.start, now, 1))", now)
        case .canceled(let number): return end(number, "CANCELED", now)
        case .failed(let number, let message): return end(number, "ERROR: \(ErrorPresenter.printable(message))", now)
        case .progress(let number, let what, let bytes, let total):
            return transfer(number, ErrorPresenter.printable(what), bytes, total, now)
        case .note(let number, let text): return say(ErrorPresenter.printable(text), number, now)
        case .output(let number, _, let bytes): return output(bytes, number, now)
        case .warning(let text):
            hasWritten = true
            return WarningText.line(text)
        }
    }

    /// The text to write because time has passed.
    mutating func tick(at now: Double) -> String {
        guard let current = speaker, now - speakerSince >= Self.patience, let next = nextSpeaker(after: current) else {
            return ""
        }
        var text = "#\(current) ...\n"
        for number in vertices.keys.sorted() where vertices[number]?.isDone == true { text += flush(number) }
        speaker = nil
        guard let heir = vertices[next] == nil ? nextSpeaker(after: current) : next else {
            // All that waited was over: the word goes back with its next line.
            return text
        }
        return text + give(heir, now)
    }

    /// The text to write at the end of the build.
    mutating func finish() -> String {
        var text = ""
        for number in vertices.keys.sorted() { text += flush(number) }
        return text
    }

    // MARK: The word

    /// The next one, in the order of their beginning, that has something to say.
    private func nextSpeaker(after current: Int) -> Int? {
        let waiting = vertices.keys.sorted().filter { number in
            guard number != current, let vertex = vertices[number] else { return false }
            return !vertex.hasSpoken || !vertex.waiting.isEmpty
        }
        return waiting.first { $0 > current } ?? waiting.first
    }

    private mutating func give(_ number: Int, _ now: Double) -> String {
        speaker = number
        speakerSince = now
        return flush(number)
    }

    /// Writes what has waited, below the name; forgets what is over.
    private mutating func flush(_ number: Int) -> String {
        guard var vertex = vertices[number] else { return "" }
        guard !vertex.hasSpoken || !vertex.waiting.isEmpty || speaker == number else {
            if vertex.isDone { vertices[number] = nil }
            return ""
        }
        var text = hasWritten ? "\n" : ""
        hasWritten = true
        text += "#\(number) \(vertex.name)\n" + vertex.waiting.joined()
        vertex.waiting = []
        vertex.hasSpoken = true
        vertices[number] = vertex.isDone ? nil : vertex
        return text
    }

    private mutating func say(_ line: String, _ number: Int, _ now: Double) -> String {
        guard vertices[number] != nil else { return "" }
        let line = "#\(number) \(line)\n"
        if speaker == number { return line + tick(at: now) }
        vertices[number]?.waiting.append(line)
        return speaker == nil ? give(number, now) : tick(at: now)
    }

    private mutating func end(_ number: Int, _ line: String?, _ now: Double) -> String {
        guard var vertex = vertices[number] else { return "" }
        let partial = vertex.partial
        vertex.partial = []
        vertex.isDone = true
        vertices[number] = vertex
        var lines = outputLine(partial, number, now).map { [$0] } ?? []
        if let line { lines.append("#\(number) \(line)\n") }
        guard speaker == number || speaker == nil else {
            vertices[number]?.waiting += lines
            return tick(at: now)
        }
        var text = ""
        if speaker == nil { text += give(number, now) }
        text += lines.joined()
        vertices[number] = nil
        speaker = nil
        // Those that are over first, each as a whole; then the oldest that goes on has the word.
        for other in vertices.keys.sorted() where vertices[other]?.isDone == true { text += flush(other) }
        if let next = nextSpeaker(after: number) { text += give(next, now) }
        return text
    }

    // MARK: Lines

    private mutating func transfer(_ number: Int, _ what: String, _ bytes: Int64, _ total: Int64?, _ now: Double)
        -> String
    {
        guard let vertex = vertices[number] else { return "" }
        let known = vertex.transfers[what]
        let isDone = total == bytes
        guard known == nil || isDone || now - (known?.shown ?? 0) >= Self.transferInterval else { return "" }
        let start = known?.start ?? now
        vertices[number]?.transfers[what] = isDone ? nil : Transfer(start: start, shown: now)
        var line = "\(what) \(HumanSize.decimal(bytes))"
        if let total { line += " / \(HumanSize.decimal(total))" }
        if known != nil { line += " \(seconds(since: start, now, 1))" }
        if isDone { line += " done" }
        return say(line, number, now)
    }

    private mutating func output(_ bytes: [UInt8], _ number: Int, _ now: Double) -> String {
        guard var partial = vertices[number]?.partial else { return "" }
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(outputLine(partial, number, now) ?? "#\(number) \(time(number, now))\n")
                partial = []
            } else {
                partial.append(byte)
                // A process that never ends its line must not fill the memory.
                guard partial.count >= 1 << 16 else { continue }
                if let line = outputLine(partial, number, now) { lines.append(line) }
                partial = []
            }
        }
        vertices[number]?.partial = partial
        guard !lines.isEmpty else { return "" }
        if speaker == number { return lines.joined() + tick(at: now) }
        vertices[number]?.waiting += lines
        return speaker == nil ? give(number, now) : tick(at: now)
    }

    private func outputLine(_ bytes: [UInt8], _ number: Int, _ now: Double) -> String? {
        guard !bytes.isEmpty else { return nil }
        var text = String(decoding: bytes, as: UTF8.self)
        // Progress bars overwrite their line: what counts is the last state.
        if text.hasSuffix("\r") { text.removeLast() }
        if let last = text.split(separator: "\r").last { text = String(last) }
        return "#\(number) \(time(number, now)) \(ErrorPresenter.printable(text))\n"
    }

    private func time(_ number: Int, _ now: Double) -> String {
        Stopwatch.text(now - (vertices[number]?.start ?? now), decimals: 3)
    }

    private func seconds(since start: Double?, _ now: Double, _ decimals: Int) -> String {
        Stopwatch.text(now - (start ?? now), decimals: decimals) + "s"
    }
}
