internal import ArgumentParser
internal import Engine

/// `llmbox system`.
struct SystemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system",
        abstract: "Look after the store.",
        subcommands: [
            SystemCheckCommand.self, SystemUsageCommand.self, SystemPruneCommand.self, InfoCommand.self,
            EventsCommand.self,
            SystemBootCommand.self, SystemHaltCommand.self,
        ]
    )
}

/// `llmbox system check`.
struct SystemCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare everything in the store with its digests.",
        discussion: """
            Without --repair nothing is changed. With it, parts of images that are damaged or missing are fetched again from \
            the registries they came from, and what only the build cache had is forgotten.
            """
    )

    @Flag(help: "Only look whether everything is there, without reading it.")
    var quick = false
    @Flag(help: "Mend what is wrong.")
    var repair = false
    @OptionGroup var registry: RegistryOptionGroup

    func run() throws {
        let service = try ImageService(.current)
        var report = try service.check(contents: !quick)
        var said: Set<String> = []
        if repair, !report.problems.isEmpty {
            said = Set(report.problems)
            for problem in report.problems { try StandardOutput.line(problem) }
            for outcome in try service.repair(report, access: registry.access()) {
                try StandardOutput.line((outcome.isRepaired ? "repaired: " : "not repaired: ") + outcome.text)
            }
            report = try service.check(contents: !quick)
        }
        for problem in report.problems where !said.contains(problem) { try StandardOutput.line(problem) }
        if !quick { try StandardOutput.line("checked \(report.layers) layers and \(report.documents) documents") }
        if !report.leftovers.isEmpty {
            let count = report.leftovers.count
            try StandardOutput.line("\(count) harmless leftovers, which `llmbox system prune` removes")
        }
        if !report.problems.isEmpty { throw ExitCode(ExitStatus.failure) }
        try StandardOutput.line("the store is sound")
    }
}
