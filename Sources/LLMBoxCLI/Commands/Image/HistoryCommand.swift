internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox history`.
struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Show how an image came to be, the newest step first."
    )

    @Flag(name: .shortAndLong, help: "Print only IDs.")
    var quiet = false
    @Flag(name: .customLong("no-trunc"), help: "Do not shorten anything.")
    var noTruncation = false
    @Flag(
        name: [.customShort("H"), .customLong("human")],
        inversion: .prefixedNo,
        help: "Whether sizes and times are for people rather than programs."
    )
    var human = true
    @Option(help: "`table`, `json`, or a Go template.")
    var format: String?
    @Argument(help: "The image: a name or an ID.")
    var image: String

    func run() throws {
        let columns = ["ID", human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"]
        let headers = [
            "ID": "IMAGE", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY",
        ]
        let list = try ListFormat(format, defaultColumns: columns, headers: headers)
        let (id, lines) = try ImageService(.current).history(image)
        // Only the image itself has an ID: its steps were never images.
        let name = noTruncation ? id.description : id.short
        if quiet, format == nil {
            return try StandardOutput.write(lines.indices.map { ($0 == 0 ? name : "<missing>") + "\n" }.joined())
        }
        let now = Timestamp.now
        let rows = lines.enumerated().map { index, line in
            row(line, id: index == 0 ? name : "<missing>", now: now)
        }
        try StandardOutput.write(list.render(rows))
    }

    private func row(_ line: ImageHistoryLine, id: String, now: Timestamp) -> DisplayValue {
        let created = line.entry.created.flatMap { Timestamp($0) }
        let size = Int64(clamping: line.size)
        var step = (line.entry.createdBy ?? "").replacing("\t", with: " ")
        if !noTruncation, step.count > 45 { step = step.prefix(44) + "…" }
        return .fields([
            "Comment": .string(line.entry.comment ?? ""),
            "CreatedAt": .string(created.map { Timestamp(seconds: $0.seconds).rfc3339 } ?? ""),
            "CreatedBy": .string(step),
            "CreatedSince": .string(created.map { HumanDuration.since($0, now: now) } ?? "N/A"),
            "ID": .string(id),
            "Size": .string(human ? HumanSize.decimal(size) : String(size)),
        ])
    }
}
