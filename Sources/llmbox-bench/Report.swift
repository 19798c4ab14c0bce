/// The figures of one run as a table for people and JSON for programs.
struct Report {
    /// One entry a tool, llmbox first.
    var measurements: [Measurement]
    /// Seconds of one SHA-256 pass over the weights.
    var hashSeconds: Double
    /// Bits a second of the machine's loopback.
    var loopback: Double?
    /// Seconds of one `PUT` of the weights by curl; nil without one.
    var putSeconds: Double?
    /// The length of the weights.
    var weightBytes: Int
    /// How many processors there are.
    var processors: Int

    private struct Row {
        var title: String
        var unit: String
        var values: [Double?]
    }

    private var rows: [Row] {
        let mebibyte = 1_048_576.0
        var rows = [
            Row(title: "COPY \(weightBytes >> 20) MiB", unit: "s", values: measurements.map(\.build)),
            Row(
                title: "  ÷ one SHA-256 pass",
                unit: "×",
                values: measurements.map { $0.build.map { $0 / hashSeconds } }
            ),
            Row(title: "8 shards of \(weightBytes >> 22) MiB", unit: "s", values: measurements.map(\.shards)),
            Row(
                title: "  ÷ one pass on \(processors) cores",
                unit: "×",
                values: measurements.map { $0.shards.map { $0 / (2 * hashSeconds / Double(processors)) } }
            ),
            milliseconds("rebuild, + 20,000 files", \.rebuild),
            milliseconds("one file above changed", \.change),
            Row(title: "commit 2 GB in 20,000 files", unit: "s", values: measurements.map(\.commit)),
            milliseconds("RUN true, a step", \.step),
            Row(
                title: "peak memory",
                unit: "MiB",
                values: measurements.map { $0.peakMemory.map { Double($0) / mebibyte } }
            ),
            Row(
                title: "bytes written",
                unit: "MiB",
                values: measurements.map { $0.bytesWritten.map { Double($0) / mebibyte } }
            ),
            Row(
                title: "store growth",
                unit: "MiB",
                values: measurements.map { $0.storeGrowth.map { Double($0) / mebibyte } }
            ),
        ]
        rows += [
            Row(title: "push \(weightBytes >> 20) MiB", unit: "s", values: measurements.map(\.push)),
            milliseconds("push again", \.pushAgain),
            milliseconds("push, 1 KiB beside changed", \.pushChange),
            Row(
                title: "peak memory of the push",
                unit: "MiB",
                values: measurements.map { $0.pushMemory.map { Double($0) / mebibyte } }
            ),
        ]
        rows += [
            Row(title: "pull \(weightBytes >> 20) MiB", unit: "s", values: measurements.map(\.transfers.pull)),
            Row(title: "  store ÷ content", unit: "×", values: measurements.map(\.transfers.storeAfterPull)),
            Row(
                title: "peak memory of the pull",
                unit: "MiB",
                values: measurements.map { $0.transfers.pullMemory.map { Double($0) / mebibyte } }
            ),
            Row(title: "pull small files, gzip", unit: "s", values: measurements.map(\.transfers.pullFiles)),
            Row(title: "exec true", unit: "ms", values: measurements.map(\.containers.exec)),
            Row(title: "ps -a, 1,000 containers", unit: "ms", values: measurements.map(\.containers.list)),
            Row(title: "start of 100", unit: "s", values: measurements.map(\.containers.start)),
            Row(
                title: "memory of a monitor",
                unit: "MiB",
                values: measurements.map { $0.containers.monitorMemory.map { Double($0) / mebibyte } }
            ),
            Row(title: "--version", unit: "ms", values: measurements.map(\.containers.version)),
        ]
        for network in ["none", "host", "bridge"] {
            rows.append(Row(title: "run true, \(network)", unit: "ms", values: measurements.map { $0.run[network] }))
        }
        rows += [
            Row(title: "a published port", unit: "Gbit/s", values: measurements.map { $0.port.map { $0 / 1e9 } }),
            Row(
                title: "  ÷ the host's loopback",
                unit: "×",
                values: measurements.map { $0.port.flatMap { port in loopback.map { port / $0 } } }
            ),
        ]
        return rows
    }

    private func milliseconds(_ title: String, _ value: KeyPath<Measurement, Double?>) -> Row {
        Row(title: title, unit: "ms", values: measurements.map { $0[keyPath: value].map { $0 * 1000 } })
    }

    /// The table; the number in brackets is how many times llmbox's figure it is.
    var table: String {
        let width = 24
        var text = pad("", 34) + measurements.map { pad($0.tool, width) }.joined() + "\n"
        for row in rows {
            text += pad("\(row.title), \(row.unit)", 34)
            for (index, value) in row.values.enumerated() {
                var cell = value.map(rounded) ?? "-"
                if index > 0, let value, let ours = row.values[0], ours > 0 { cell += " (\(rounded(value / ours)) ×)" }
                text += pad(cell, width)
            }
            text += "\n"
        }
        text += "one SHA-256 pass: \(rounded(hashSeconds)) s\n"
        if let putSeconds { text += "one PUT of the weights by curl: \(rounded(putSeconds)) s\n" }
        for measurement in measurements { text += "\(measurement.tool): \(measurement.version)\n" }
        for note in measurements.flatMap(\.notes) { text += "note: \(note)\n" }
        return text
    }

    /// The same in Markdown, for the README.
    var markdown: String {
        var text = "| | " + measurements.map(\.tool).joined(separator: " | ") + " |\n"
        text += String(repeating: "|---", count: measurements.count + 1) + "|\n"
        for row in rows where row.values.contains(where: { $0 != nil }) {
            text += "| \(row.title.drop { $0 == " " }) |"
            for (index, value) in row.values.enumerated() {
                guard let value else {
                    text += " |"
                    continue
                }
                text += " \(short(value)) \(row.unit)"
                // Of shares and ratios there is no ratio.
                if index > 0, row.unit != "×", let ours = row.values[0], ours > 0 {
                    text += " (\(short(value / ours)) ×)"
                }
                text += " |"
            }
            text += "\n"
        }
        return text
    }

    /// Three digits that count.
    private func short(_ value: Double) -> String {
        if value >= 100 { return String(Int(value.rounded())) }
        let digits = rounded(value)
        return value >= 10 ? String(digits.dropLast()) : digits
    }

    /// The same figures as one JSON object.
    var json: String {
        let tools = measurements.enumerated().map { index, measurement in
            let figures = rows.map {
                "\(quoted("\($0.title.drop { $0 == " " }), \($0.unit)")):\(number($0.values[index]))"
            }
            return "{\"tool\":\(quoted(measurement.tool)),\"version\":\(quoted(measurement.version)),"
                + figures.joined(separator: ",") + "}"
        }
        return
            "{\"weightBytes\":\(weightBytes),\"sha256Seconds\":\(hashSeconds),\"putSeconds\":\(number(putSeconds)),\"tools\":[\(tools.joined(separator: ","))]}"
    }

    private func number(_ value: Double?) -> String { value.map { rounded($0) } ?? "null" }

    private func quoted(_ text: String) -> String {
        "\"" + text.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }

    private func rounded(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
