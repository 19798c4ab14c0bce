internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox system df`.
struct SystemUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df",
        abstract: "Show what images, containers, volumes and build cache take on the disk.",
        discussion: "All sizes are blocks of the disk, and together they are what `du` says of the store's directory."
    )

    @Flag(name: .shortAndLong, help: "Show each image, container, volume and entry of the build cache.")
    var verbose = false
    @Option(help: "`table`, `json`, or a Go template.")
    var format: String?

    func run() throws {
        let report = try MaintenanceService(.current, environment: GlobalSettings.environment).diskReport()
        if verbose { return try StandardOutput.write(DiskReportText(report).verbose(format)) }
        let list = try ListFormat(
            format,
            defaultColumns: ["Type", "TotalCount", "Active", "Size", "Reclaimable"],
            headers: ["TotalCount": "TOTAL"]
        )
        let rows = [
            row("Images", report.images), row("Containers", report.containers), row("Local Volumes", report.volumes),
            row("Build Cache", report.cache),
        ]
        try StandardOutput.write(list.render(rows))
    }

    private func row(_ type: String, _ row: DiskReport.Row) -> DisplayValue {
        var reclaimable = DiskReportText.size(row.reclaimable)
        // Docker gives no share of the build cache, nor of nothing.
        if type != "Build Cache", row.bytes > 0 { reclaimable += " (\(row.reclaimable * 100 / row.bytes)%)" }
        return .fields([
            "Active": .string(String(row.active)),
            "Bytes": .string(String(row.bytes)),
            "Reclaimable": .string(reclaimable),
            "Size": .string(DiskReportText.size(row.bytes)),
            "TotalCount": .string(String(row.total)),
            "Type": .string(type),
        ])
    }
}

/// The long form of `system df`.
struct DiskReportText {
    private let report: DiskReport
    private let now = Timestamp.now

    init(_ report: DiskReport) { self.report = report }

    static func size(_ bytes: UInt64) -> String { HumanSize.decimal(Int64(clamping: bytes), digits: 4) }

    /// Four tables, or one document through `format`.
    func verbose(_ format: String?) throws -> String {
        let parts = [images, containers, volumes, cache]
        if let format, format != "table" {
            let names = ["Images", "Containers", "Volumes", "BuildCache"]
            let value = DisplayValue.object(
                zip(names, parts).map { DisplayField(name: $0, value: .array($1)) }
            )
            return try (format == "json" ? value.json() : GoTemplate(format).render(value)) + "\n"
        }
        let columns = [
            ["Repository", "Tag", "ID", "CreatedSince", "Size", "SharedSize", "UniqueSize", "Containers"],
            ["ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"],
            ["Name", "Links", "Size"],
            ["ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "Shared"],
        ]
        let headers: [[String: String]] = [
            [
                "ID": "IMAGE ID", "CreatedSince": "CREATED", "SharedSize": "SHARED SIZE", "UniqueSize": "UNIQUE SIZE",
            ],
            ["ID": "CONTAINER ID", "LocalVolumes": "LOCAL VOLUMES", "RunningFor": "CREATED"],
            ["Name": "VOLUME NAME"],
            [
                "ID": "CACHE ID", "CacheType": "CACHE TYPE", "CreatedSince": "CREATED", "LastUsedSince": "LAST USED",
            ],
        ]
        let titles = [
            "Images space usage:", "Containers space usage:", "Local Volumes space usage:",
            "Build cache usage: \(Self.size(report.cache.bytes))",
        ]
        var text = ""
        for index in parts.indices {
            let list = try ListFormat(nil, defaultColumns: columns[index], headers: headers[index])
            text += titles[index] + "\n\n" + (try list.render(parts[index])) + (index < 3 ? "\n" : "")
        }
        return text
    }

    private func since(_ seconds: Int64?) -> DisplayValue {
        .string(seconds.map { HumanDuration.since(Timestamp(seconds: $0), now: now) } ?? "")
    }

    private var images: [DisplayValue] {
        report.imageList.map { image in
            let summary = image.summary
            return .fields([
                "Repository": .string(summary.repository ?? "<none>"),
                "Tag": .string(summary.tag ?? "<none>"),
                "ID": .string(summary.id.short),
                "CreatedSince": since(summary.created.flatMap { Timestamp($0) }?.seconds),
                "Size": .string(Self.size(image.shared + image.unique)),
                "SharedSize": .string(Self.size(image.shared)),
                "UniqueSize": .string(Self.size(image.unique)),
                "Containers": .string(String(summary.containers)),
            ])
        }
    }

    private var containers: [DisplayValue] {
        report.containerList.map { container in
            guard case .object(var fields) = ContainerRow.value(container.summary, now: now, shortened: true) else {
                return .null
            }
            fields.append(DisplayField(name: "Size", value: .string(Self.size(container.bytes))))
            return .object(fields)
        }
    }

    private var volumes: [DisplayValue] {
        report.volumeList.map {
            .fields([
                "Name": .string($0.name), "Links": .string(String($0.links)), "Size": .string(Self.size($0.bytes)),
            ])
        }
    }

    private var cache: [DisplayValue] {
        report.cacheList.map {
            .fields([
                "ID": .string(String($0.id.prefix(12))), "CacheType": .string($0.kind),
                "Size": .string(Self.size($0.bytes)), "CreatedSince": since($0.created),
                "LastUsedSince": since($0.lastUsed), "Shared": .string($0.isShared ? "true" : "false"),
            ])
        }
    }
}
