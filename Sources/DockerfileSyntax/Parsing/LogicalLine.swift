internal import Diagnostics

/// An instruction's line after continuations were joined and comments dropped, with the origin of every byte.
struct LogicalLine {
    var bytes: [UInt8] = []
    /// The offset in the source of each byte.
    var offsets: [Int] = []
    /// The offset after the last byte that belongs to the line.
    var end = 0
    /// The number of the physical line it begins on, from 1.
    var firstLine = 1
    /// The first blank line that was dropped inside it.
    var emptyLine: SourceRange?
    /// The comments that stand right above it, without `#` and surrounding blanks.
    var comments: [Word] = []

    var whole: Fragment { Fragment(line: self, lower: 0, upper: bytes.count) }
}

/// A part of a ``LogicalLine``.
struct Fragment {
    let line: LogicalLine
    var lower: Int
    var upper: Int

    var isEmpty: Bool { lower >= upper }
    var count: Int { upper - lower }
    var text: String { String(decoding: line.bytes[lower..<upper], as: UTF8.self) }
    var word: Word { Word(text, at: range) }

    var range: SourceRange {
        guard lower < line.offsets.count else { return SourceRange(line.end, line.end) }
        let start = line.offsets[lower]
        return SourceRange(start, isEmpty ? start : line.offsets[upper - 1] + 1)
    }

    subscript(index: Int) -> UInt8 { line.bytes[index] }

    func slice(_ lower: Int, _ upper: Int) -> Fragment {
        Fragment(line: line, lower: lower, upper: upper)
    }

    func trimmed() -> Fragment {
        var result = self
        while case let length = Blank.length(in: line.bytes, at: result.lower, before: result.upper), length > 0 {
            result.lower += length
        }
        while case let length = Blank.length(in: line.bytes, endingAt: result.upper, after: result.lower), length > 0 {
            result.upper -= length
        }
        return result
    }

    /// The words between blanks, quotes meaning nothing.
    func words() -> [Fragment] {
        var result: [Fragment] = []
        var position = lower
        while position < upper {
            guard !self[position].isBlank else {
                position += 1
                continue
            }
            let start = position
            while position < upper, !self[position].isBlank { position += 1 }
            result.append(slice(start, position))
        }
        return result
    }

    /// The first word and what follows it, both without surrounding blanks.
    func cutFirstWord() -> (first: Fragment, rest: Fragment) {
        let trimmed = trimmed()
        var position = trimmed.lower
        while position < trimmed.upper, !self[position].isBlank { position += 1 }
        return (slice(trimmed.lower, position), slice(position, trimmed.upper).trimmed())
    }

    func firstIndex(of byte: UInt8) -> Int? {
        line.bytes[lower..<upper].firstIndex(of: byte)
    }
}

extension UInt8 {
    /// A blank inside a line.
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
}
