/// Writes diagnostics as people read them: place, message, the line with a caret, and a hint.
///
/// ```
/// Dockerfile:7:1: error: unknown instruction `COPPY`
///   7 | COPPY model.gguf /models/
///     | ^~~~~
/// hint: did you mean `COPY`?
/// ```
/// The output holds no control character of the source, so a hostile file cannot steer the reader's terminal.
public struct DiagnosticRenderer: Sendable {
    /// The file that the ranges point into.
    public let source: SourceText
    /// The widest excerpt shown, in terminal columns; longer lines are cut around the caret.
    private let excerptWidth = 160

    /// Makes a renderer for the diagnostics of one file.
    public init(_ source: SourceText) {
        self.source = source
    }

    /// Renders all diagnostics one after the other, each followed by a newline.
    public func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map { render($0) + "\n" }.joined()
    }

    /// Renders one diagnostic without a final newline.
    public func render(_ diagnostic: Diagnostic) -> String {
        var place = TerminalText.escaped(source.name, keepingLayout: false)
        if let range = diagnostic.range { place += ":\(source.location(at: range.lowerBound))" }
        let message = TerminalText.escaped(diagnostic.message, keepingLayout: false)
        var lines = ["\(place): \(diagnostic.severity.rawValue): \(message)"]
        if let rule = diagnostic.rule { lines[0] += " (\(rule))" }
        if let range = diagnostic.range { lines += excerpt(range) }
        if let hint = diagnostic.hint { lines.append("hint: \(TerminalText.escaped(hint))") }
        return lines.joined(separator: "\n")
    }

    private func excerpt(_ range: SourceRange) -> [String] {
        let index = source.lineIndex(at: range.lowerBound)
        var cells = cells(ofLine: index)
        // The caret goes under the first marked cell, or after the line when the range is at its end.
        let first = cells.firstIndex { $0.offset >= range.lowerBound } ?? cells.count
        let marked = max(1, cells[first...].prefix { $0.offset < range.upperBound }.count)
        var caretStart = first
        let shown = window(around: first, in: cells)
        let cutLeft = shown.lowerBound > 0
        let cutRight = shown.upperBound < cells.count
        cells = Array(cells[shown])
        caretStart -= shown.lowerBound

        let number = "\(index + 1)"
        let blank = String(repeating: " ", count: number.utf8.count)
        let line = (cutLeft ? "…" : "") + cells.map(\.text).joined() + (cutRight ? "…" : "")
        // A tab above a tab keeps the caret in place whatever the terminal's tab width is.
        let padding =
            (cutLeft ? " " : "")
            + cells.prefix(caretStart).map { $0.text == "\t" ? "\t" : String(repeating: " ", count: $0.width) }.joined()
        let underlined = max(1, cells.dropFirst(caretStart).prefix(marked).reduce(0) { $0 + $1.width })
        let caret = "^" + String(repeating: "~", count: underlined - 1)
        return [trimmingEnd("  \(number) | \(line)"), "  \(blank) | \(padding)\(caret)"]
    }

    private func trimmingEnd(_ text: String) -> String {
        String(text.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    /// What one scalar (or one invalid byte) of the line looks like.
    private struct Cell {
        let offset: Int
        let text: String
        let width: Int
    }

    private func cells(ofLine index: Int) -> [Cell] {
        let range = source.lineRange(index)
        var end = range.upperBound
        if end > range.lowerBound, source.bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        var cells: [Cell] = []
        var decoder = UTF8()
        var offset = range.lowerBound
        while offset < end {
            var rest = source.bytes[offset..<end].makeIterator()
            guard case .scalarValue(let scalar) = decoder.decode(&rest) else {
                // The decoder may have looked past the bad byte; start afresh on the next one.
                decoder = UTF8()
                let hex = String(source.bytes[offset], radix: 16)
                cells.append(Cell(offset: offset, text: "\\x\(hex)", width: 4))
                offset += 1
                continue
            }
            decoder = UTF8()
            if TerminalText.isUnsafe(scalar) {
                let text = TerminalText.escape(scalar)
                cells.append(Cell(offset: offset, text: text, width: text.utf8.count))
            } else {
                cells.append(Cell(offset: offset, text: String(scalar), width: TerminalText.width(of: scalar)))
            }
            offset += UTF8.width(scalar)
        }
        // The byte order mark is not part of what the author sees.
        if index == 0, cells.first?.text == "\u{FEFF}" { cells.removeFirst() }
        return cells
    }

    private func window(around caret: Int, in cells: [Cell]) -> Range<Int> {
        guard cells.reduce(0, { $0 + $1.width }) > excerptWidth else { return cells.indices }
        let lower = max(0, min(caret - excerptWidth / 3, cells.count - excerptWidth / 2))
        var upper = lower
        var width = 0
        while upper < cells.count, width < excerptWidth {
            width += cells[upper].width
            upper += 1
        }
        return lower..<max(upper, min(caret, cells.count))
    }
}
