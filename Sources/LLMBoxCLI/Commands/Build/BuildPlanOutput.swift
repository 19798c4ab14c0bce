internal import Engine
internal import OCIModel

/// Shows what a build would do.
enum BuildPlanOutput {
    /// Prints a preview as a table, or as one JSON document.
    static func print(_ preview: BuildPreview, asJSON: Bool) throws {
        if asJSON {
            let bytes = try CanonicalJSON.encodePretty(preview)
            return try StandardOutput.write(String(decoding: bytes, as: UTF8.self) + "\n")
        }
        var rows: [[String]] = []
        for step in preview.steps {
            let title = "\(step.stage): \(step.title)"
            let first = step.layers.first
            rows.append([cut(title), step.state.rawValue] + cells(first, step))
            for layer in step.layers.dropFirst() { rows.append(["", ""] + cells(layer, step)) }
        }
        let headers = ["STEP", "STATE", "LAYER", "SIZE", "COMPRESSIBLE", "THERE", "WRITES", "PUSH MOVES"]
        try StandardOutput.write(Table(header: headers, rows: rows).render())
        for warning in preview.warnings { ErrorPresenter.write(WarningText.line(warning)) }
    }

    private static func cells(_ layer: BuildPreview.Layer?, _ step: BuildPreview.Step) -> [String] {
        guard let layer else { return ["-", "-", "-", "-", "-", "-"] }
        let name = layer.diffID?.short ?? layer.file ?? "-"
        return [
            name, size(layer.size), word(layer.isCompressible), word(layer.isThere), size(layer.writes),
            size(layer.moves),
        ]
    }

    private static func word(_ value: Bool?) -> String { value.map { $0 ? "yes" : "no" } ?? "?" }

    private static func size(_ bytes: Int64?) -> String { bytes.map { HumanSize.decimal($0) } ?? "?" }

    private static func cut(_ text: String) -> String {
        let printable = ErrorPresenter.printable(text)
        return printable.count > 60 ? printable.prefix(59) + "…" : printable
    }
}
