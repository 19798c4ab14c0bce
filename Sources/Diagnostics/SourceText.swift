/// The bytes of one file together with its name and a table of its lines.
///
/// Ranges into it are byte offsets, so that nothing has to be decoded before an error can be located.
public struct SourceText: Hashable, Sendable {
    /// The name shown in front of diagnostics, as the user would write it.
    public let name: String
    /// The file's bytes, unchanged.
    public let bytes: [UInt8]
    /// The offset of the first byte of each line; never empty.
    private let lineStarts: [Int]

    /// Indexes the lines of `bytes`.
    /// - Complexity: O(n) in the number of bytes.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            starts.append(offset + 1)
        }
        lineStarts = starts
    }

    /// Indexes the lines of `text`.
    public init(name: String, text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }

    /// The number of lines; text after the last newline counts as one, even when it is empty.
    public var lineCount: Int { lineStarts.count }

    /// The bytes of the line with this index (from 0) without its newline; a carriage return before it stays.
    public func lineRange(_ index: Int) -> SourceRange {
        let lower = lineStarts[index]
        let upper = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
        return SourceRange(lower, upper)
    }

    /// The index (from 0) of the line that holds `offset`.
    /// - Complexity: O(log n) in the number of lines.
    public func lineIndex(at offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// The line and column of `offset`, both counted from 1; columns count Unicode scalars.
    public func location(at offset: Int) -> SourceLocation {
        let index = lineIndex(at: offset)
        let line = lineRange(index)
        let end = min(max(offset, line.lowerBound), bytes.count)
        let continuation: (UInt8) -> Bool = { $0 & 0b1100_0000 == 0b1000_0000 }
        let column = bytes[line.lowerBound..<end].count { !continuation($0) } + 1
        return SourceLocation(line: index + 1, column: column)
    }

    /// The text in `range`, with invalid UTF-8 replaced.
    public func text(in range: SourceRange) -> String {
        let lower = min(max(range.lowerBound, 0), bytes.count)
        let upper = min(max(range.upperBound, lower), bytes.count)
        return String(decoding: bytes[lower..<upper], as: UTF8.self)
    }
}
