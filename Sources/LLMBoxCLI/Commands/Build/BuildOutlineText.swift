internal import Diagnostics
internal import Engine

/// What a Dockerfile offers, laid out as BuildKit's tools lay it out.
enum BuildOutlineText {
    /// The target, and a table for each kind of thing that it takes from outside.
    static func text(of outline: BuildOutline) -> String {
        var parts: [String] = []
        if outline.name != nil || outline.description != nil {
            var rows = [["TARGET:", outline.name ?? "(default)"]]
            if let text = outline.description { rows.append(["DESCRIPTION:", text]) }
            parts.append(aligned(rows, gap: 1))
        }
        if let arguments = outline.args {
            let rows = arguments.map { [$0.name, $0.value ?? "", $0.description ?? ""] }
            parts.append(aligned([["BUILD ARG", "VALUE", "DESCRIPTION"]] + rows, gap: 3))
        }
        for (title, needs) in [("SECRET", outline.secrets), ("SSH", outline.ssh)] {
            guard let needs else { continue }
            let rows = needs.map { [$0.name, $0.required == true ? "true" : ""] }
            parts.append(aligned([[title, "REQUIRED"]] + rows, gap: 3))
        }
        return parts.map { $0 + "\n" }.joined()
    }

    /// The stages and what their comments say.
    static func text(of list: TargetList) -> String {
        let rows = list.targets.map { target in
            let name = [target.name, target.default == true ? "(default)" : nil].compactMap { $0 }.joined(
                separator: " "
            )
            return [name, target.description ?? ""]
        }
        return aligned([["TARGET", "DESCRIPTION"]] + rows, gap: 1)
    }

    /// Columns as wide as their widest cell and a gap; the last one is not padded.
    private static func aligned(_ rows: [[String]], gap: Int) -> String {
        let cells = rows.map { $0.map { TerminalText.escaped($0, keepingLayout: false) } }
        func width(_ text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + TerminalText.width(of: $1) } }
        let widths = (cells.first ?? []).indices.map { column in cells.map { width($0[column]) }.max() ?? 0 }
        return cells.map { row in
            row.enumerated().map { column, cell in
                let isLast = column == row.count - 1
                return isLast ? cell : cell + String(repeating: " ", count: widths[column] - width(cell) + gap)
            }.joined() + "\n"
        }.joined()
    }
}
