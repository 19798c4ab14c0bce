internal import ArgumentParser
internal import Engine

/// `llmbox system`.
struct SystemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system",
        abstract: "Look after the store.",
        subcommands: [SystemCheckCommand.self, SystemUsageCommand.self, SystemPruneCommand.self, InfoCommand.self]
    )
}

/// `llmbox system check`.
struct SystemCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare everything in the store with its digests; change nothing."
    )

    @Flag(help: "Only look whether everything is there, without reading it.")
    var quick = false

    func run() throws {
        let report = try ImageService(.current).check(contents: !quick)
        for problem in report.problems { try StandardOutput.line(problem) }
        if !quick { try StandardOutput.line("checked \(report.layers) layers and \(report.documents) documents") }
        if !report.leftovers.isEmpty {
            let count = report.leftovers.count
            try StandardOutput.line("\(count) harmless leftovers, which `llmbox system prune` removes")
        }
        if !report.problems.isEmpty { throw ExitCode(ExitStatus.failure) }
        try StandardOutput.line("the store is sound")
    }
}

/// `llmbox system df`.
struct SystemUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df",
        abstract: "Show what images and build cache take on the disk."
    )

    @Option(help: "`table`, `json`, or a Go template.")
    var format: String?

    func run() throws {
        let list = try ListFormat(
            format,
            defaultColumns: ["Type", "TotalCount", "Active", "Size", "Reclaimable"],
            headers: ["TotalCount": "TOTAL"]
        )
        let summary = try ImageService(.current).summary()
        let images = summary.imageBytes
        let share = images.total == 0 ? 0 : images.reclaimable * 100 / images.total
        let rows = [
            row(
                "Images",
                total: summary.images.total,
                active: summary.images.active,
                size: images.total,
                reclaimable: "\(text(images.reclaimable)) (\(share)%)"
            ),
            row(
                "Build Cache",
                total: summary.cacheLayers,
                active: 0,
                size: summary.cacheBytes,
                reclaimable: text(summary.cacheBytes)
            ),
        ]
        try StandardOutput.write(list.render(rows))
    }

    private func row(_ type: String, total: Int, active: Int, size: UInt64, reclaimable: String) -> DisplayValue {
        .fields([
            "Active": .string(String(active)),
            "Reclaimable": .string(reclaimable),
            "Size": .string(text(size)),
            "TotalCount": .string(String(total)),
            "Type": .string(type),
        ])
    }

    private func text(_ bytes: UInt64) -> String { HumanSize.decimal(Int64(clamping: bytes), digits: 4) }
}

/// `llmbox system prune`.
struct SystemPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove images and build cache that nothing needs.",
        discussion: "Containers stay, and so does what they need, also when they are stopped."
    )

    @Flag(name: .shortAndLong, help: "Remove all images that no container uses, not only those without a name.")
    var all = false
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var force = false

    func run() throws {
        let what = all ? "all images that no container uses" : "all images without a name"
        guard force || Confirmation.ask("This removes \(what), and the build cache.") else { return }
        let outcome = try ImageService(.current).prune(images: true, unused: all, cache: true)
        try PruneReport.print(outcome)
    }
}
