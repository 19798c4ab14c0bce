/// What `--format` asks of a command that prints a list: a table, JSON lines, or a template for each row.
struct ListFormat: Equatable, Sendable {
    private enum Kind: Equatable {
        case table(GoTemplate)
        case json
        case template(GoTemplate)
    }

    private let kind: Kind
    private let headers: [String: String]

    /// Reads the value of `--format`; nil and `table` mean the columns in `defaultColumns`.
    ///
    /// A table may have a template behind it; `\t` and `\n` are escapes in templates. `headers` has the titles of
    /// fields whose title is not their name in capitals with spaces. `raw` is the template that Docker's old word `raw`
    /// stands for, where the command has it.
    init(
        _ format: String?,
        defaultColumns: [String],
        headers: [String: String],
        raw: String? = nil
    ) throws(GoTemplateError) {
        self.headers = headers
        let defaultTable = defaultColumns.map { "{{.\($0)}}" }.joined(separator: "\t")
        guard let format, !format.isEmpty, format != "table" else {
            kind = .table(try GoTemplate(defaultTable))
            return
        }
        if format == "json" {
            kind = .json
            return
        }
        if format == "raw", let raw {
            kind = .template(try GoTemplate(raw))
            return
        }
        let isTable = format.hasPrefix("table ") || format.hasPrefix("table\\t") || format.hasPrefix("table{{")
        let source = Self.unescaped(String(isTable ? format.dropFirst(5) : format[...]))
        if isTable {
            let trimmed = String(source.drop { $0 == " " })
            kind = .table(try GoTemplate(trimmed))
        } else {
            kind = .template(try GoTemplate(source))
        }
    }

    /// Whether the output is a table, which has a header and shortened values.
    var isTable: Bool { if case .table = kind { true } else { false } }

    /// Renders the rows, each with a newline; a table starts with its header even when there are no rows.
    func render(_ rows: [DisplayValue]) throws(GoTemplateError) -> String {
        switch kind {
        case .json: return rows.map { $0.json() + "\n" }.joined()
        case .template(let template):
            var text = ""
            for row in rows { text += try template.render(row) + "\n" }
            return text
        case .table(let template):
            let titles = DisplayValue.object(
                template.rootFields.map { DisplayField(name: $0, value: .string(title(of: $0))) }
            )
            var table = Table(header: cells(try template.render(titles, asHeader: true)))
            for row in rows { table.rows.append(cells(try template.render(row))) }
            return table.render()
        }
    }

    private func cells(_ line: String) -> [String] {
        // By bytes, which takes a third of the time; to `split`, a tab with a combining mark behind it is another character.
        line.utf8.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    private func title(of field: String) -> String {
        if let title = headers[field] { return title }
        var (title, wasLower) = ("", false)
        for character in field {
            if character.isUppercase, wasLower { title += " " }
            title += character.uppercased()
            wasLower = character.isLowercase
        }
        return title
    }

    /// Replaces the two escapes that Docker takes outside of Go's strings.
    private static func unescaped(_ text: String) -> String {
        var (result, rest) = ("", text[...])
        while let character = rest.popFirst() {
            if character == "\\", let next = rest.first, next == "t" || next == "n" {
                result += next == "t" ? "\t" : "\n"
                rest.removeFirst()
            } else {
                result.append(character)
            }
        }
        return result
    }
}
