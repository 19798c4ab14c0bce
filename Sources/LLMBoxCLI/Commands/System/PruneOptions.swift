internal import ArgumentParser
internal import Engine

/// What every command that removes unneeded things takes.
struct PruneOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do not ask.") var force = false
    @Option(
        name: .long,
        help: "Only what meets a condition, such as `until=24h` or `label=KEY=VALUE`; may be repeated."
    )
    var filter: [String] = []

    /// Reads the conditions; `also` names those that this command knows besides `until` and `label`.
    func filters(also: Set<String> = []) throws -> [PruneFilter] {
        try filters(of: ["until", "label", "label!"] + also.sorted())
    }

    /// Reads the conditions, of which this command knows those `names`.
    func filters(of names: [String]) throws -> [PruneFilter] {
        try filter.map { text in
            let isNegated = text.prefix { $0 != "=" }.hasSuffix("!")
            let name = text.prefix { $0 != "=" && $0 != "!" } + (isNegated ? "!" : "")
            guard names.contains(String(name)) else {
                let known = names.joined(separator: ", ")
                throw ImageServiceError.badFilter(text, reason: "the filters here are \(known)")
            }
            return try PruneFilter(text)
        }
    }

    /// Asks, removes and reports.
    func run(_ request: PruneRequest, warning: String) throws {
        guard force || Confirmation.ask(warning) else { return }
        let service = try MaintenanceService(.current, environment: GlobalSettings.environment)
        try PruneReport.printTotal(service.prune(request, removed: PruneReport.printLists))
    }
}
