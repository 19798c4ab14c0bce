internal import Diagnostics

/// Where something stands in a Dockerfile, as BuildKit's documents say it.
struct DocumentLocation: Encodable, Sendable {
    private let sourceIndex = 0
    private let ranges: [Lines]

    private enum CodingKeys: String, CodingKey { case sourceIndex, ranges }

    /// The lines of a range; none for something that is not in the file.
    init(_ range: SourceRange?, in source: SourceText) {
        ranges = range.map { [Lines($0, source)] } ?? []
    }

    private struct Lines: Encodable {
        let start: Line
        let end: Line

        init(_ range: SourceRange, _ source: SourceText) {
            start = Line(line: source.location(at: range.lowerBound).line)
            end = Line(line: source.location(at: max(range.lowerBound, range.upperBound - 1)).line)
        }
    }

    private struct Line: Encodable {
        let line: Int
    }
}
