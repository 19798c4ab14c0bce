internal import Diagnostics

/// Reads physical lines and joins them into logical ones.
struct LineReader {
    /// The longest physical line, as other builders have it.
    static let maximumLineLength = 65_535

    let source: SourceText
    let escape: UInt8
    /// The index of the next physical line.
    private(set) var index: Int
    /// The first blank line inside each continued instruction that has one.
    private(set) var emptyContinuations: [SourceRange] = []
    private(set) var diagnostics: [Diagnostic] = []

    init(_ source: SourceText, startingAt index: Int, escape: EscapeCharacter) {
        self.source = source
        self.index = index
        self.escape = escape.byte
    }

    /// How many lines of the file were read; the text after a final newline is no line.
    var linesRead: Int {
        let last = source.lineRange(source.lineCount - 1)
        return min(index, last.length == 0 ? source.lineCount - 1 : source.lineCount)
    }

    /// The next instruction line, or `nil` at the end of the file.
    mutating func next() -> LogicalLine? {
        var comments: [Word] = []
        while index < source.lineCount {
            let first = takeLine()
            let content = Self.droppingLeadingBlanks(first, in: source)
            if content.length == 0 {
                comments = []
                continue
            }
            if source.bytes[content.lowerBound] == UInt8(ascii: "#") {
                let text = source.text(in: SourceRange(content.lowerBound + 1, content.upperBound)).trimmingBlanks()
                if text.isEmpty { comments = [] } else { comments.append(Word(text, at: content)) }
                continue
            }
            return line(beginningWith: content, comments: comments)
        }
        return nil
    }

    /// Joins the physical lines that belong together; what comes out may be empty.
    private mutating func line(beginningWith content: SourceRange, comments: [Word]) -> LogicalLine {
        var line = LogicalLine()
        line.firstLine = index
        line.comments = comments
        var continues = append(content, to: &line)
        while continues, index < source.lineCount {
            let next = takeLine()
            let content = Self.droppingLeadingBlanks(next, in: source)
            if content.length == 0 {
                // The text after a file's last newline is no line of its own.
                let isLine = index < source.lineCount || next.length > 0
                if isLine, line.emptyLine == nil { line.emptyLine = next }
            } else if source.bytes[content.lowerBound] != UInt8(ascii: "#") {
                continues = append(next, to: &line)
            }
        }
        if let empty = line.emptyLine { emptyContinuations.append(empty) }
        return line
    }

    /// Reads the body of a heredoc up to and including its terminator.
    /// - Returns: the range of the body, or `nil` when the file ended first.
    mutating func readHeredocBody(terminator: String, stripsTabs: Bool) -> SourceRange? {
        let terminator = Array(terminator.utf8)
        guard index < source.lineCount else { return nil }
        let start = source.lineRange(index).lowerBound
        while index < source.lineCount {
            let line = takeLine()
            var candidate = source.bytes[line.lowerBound..<line.upperBound]
            if stripsTabs { candidate = candidate.drop { $0 == UInt8(ascii: "\t") } }
            if candidate.elementsEqual(terminator) { return SourceRange(start, line.lowerBound) }
        }
        return nil
    }

    /// Reads the document of an operator; `nil` when the file ends first.
    mutating func readHeredoc(_ found: HeredocOperator, at range: SourceRange) -> Heredoc? {
        guard let body = readHeredocBody(terminator: found.name, stripsTabs: found.stripsTabs) else { return nil }
        return Heredoc(
            name: found.name,
            body: source.text(in: body),
            expands: found.expands,
            stripsTabs: found.stripsTabs,
            fileDescriptor: found.fileDescriptor,
            range: range,
            bodyRange: body
        )
    }

    /// Whether a later line ends a heredoc with this terminator.
    func findsTerminator(_ terminator: String, stripsTabs: Bool) -> Bool {
        var copy = self
        return copy.readHeredocBody(terminator: terminator, stripsTabs: stripsTabs) != nil
    }

    private mutating func takeLine() -> SourceRange {
        let line = Self.content(ofLine: index, in: source)
        index += 1
        if line.length > Self.maximumLineLength {
            diagnostics.append(
                Diagnostic(
                    .error,
                    "line of \(line.length) bytes is longer than the limit of \(Self.maximumLineLength)",
                    at: SourceRange(line.lowerBound, line.lowerBound),
                    hint: "break it with a line continuation"
                )
            )
        }
        return line
    }

    /// Adds a physical line to a logical one and says whether the next line continues it.
    private func append(_ range: SourceRange, to line: inout LogicalLine) -> Bool {
        var end = range.upperBound
        var marker = end
        while marker > range.lowerBound, source.bytes[marker - 1].isHorizontalBlank { marker -= 1 }
        // Two escape characters are an escaped escape character, not a continuation.
        let continues =
            marker > range.lowerBound && source.bytes[marker - 1] == escape
            && !(marker - 1 > range.lowerBound && source.bytes[marker - 2] == escape)
        if continues { end = marker - 1 }
        line.bytes.append(contentsOf: source.bytes[range.lowerBound..<end])
        line.offsets.append(contentsOf: range.lowerBound..<end)
        line.end = end
        return continues
    }

    /// A physical line without its line end and without a byte order mark.
    static func content(ofLine index: Int, in source: SourceText) -> SourceRange {
        let line = source.lineRange(index)
        var lower = line.lowerBound
        var upper = line.upperBound
        if lower == 0, source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { lower = 3 }
        while upper > lower, source.bytes[upper - 1] == UInt8(ascii: "\r") { upper -= 1 }
        return SourceRange(lower, upper)
    }

    static func droppingLeadingBlanks(_ range: SourceRange, in source: SourceText) -> SourceRange {
        var lower = range.lowerBound
        while case let length = Blank.length(in: source.bytes, at: lower, before: range.upperBound), length > 0 {
            lower += length
        }
        return SourceRange(lower, range.upperBound)
    }
}

extension UInt8 {
    fileprivate var isHorizontalBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
