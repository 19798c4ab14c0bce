internal import Diagnostics

/// Columns of text, laid out as Docker does: three spaces between columns, each at least ten wide.
struct Table {
    /// The titles, in capitals.
    var header: [String]?
    /// The rows, one cell a column.
    var rows: [[String]] = []
    /// How wide a column is at least.
    var minimumWidth = 10

    private static let gap = 3

    /// The table with a newline after each row; cells lose their line breaks and control characters.
    func render() -> String {
        let cells = ((header.map { [$0] } ?? []) + rows).map { row in
            row.map { cell in
                let text = TerminalText.escaped(cell, keepingLayout: false)
                return (text: text, width: TerminalText.width(of: text))
            }
        }
        var widths: [Int] = []
        for row in cells {
            // The last cell of a row is not padded and so does not widen its column.
            for (column, cell) in row.dropLast().enumerated() {
                if column == widths.count { widths.append(minimumWidth) }
                widths[column] = max(widths[column], cell.width + Self.gap)
            }
        }
        var text = ""
        for row in cells {
            for (column, cell) in row.enumerated() {
                text += cell.text
                if column < row.count - 1 {
                    text += String(repeating: " ", count: widths[column] - cell.width)
                }
            }
            text += "\n"
        }
        return text
    }
}
