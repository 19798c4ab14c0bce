internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// The command `llmbox ps`.
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List containers.",
        aliases: []
    )

    @Flag(name: .shortAndLong, help: "Show those that do not run too.") var all = false
    @Flag(name: .shortAndLong, help: "Show ids only.") var quiet = false
    @Flag(name: .shortAndLong, help: "Show the newest one only.") var latest = false
    @Option(name: [.customShort("n", allowingJoined: true), .long], help: "Show so many of the newest.") var last: Int?
    @Flag(name: .long, help: "Do not shorten anything.") var noTrunc = false
    @Flag(name: .shortAndLong, help: "Show what each has written, and how large its image is.") var size = false
    @Option(
        name: [.customShort("f", allowingJoined: true), .long],
        help:
            "Condition: name, id, status, label, ancestor, exited, volume, network, health, before, since, publish or expose."
    )
    var filter: [String] = []
    @Option(name: .long, help: "table, json, or a Go template.") var format: String?

    func run() throws {
        var conditions = try filter.map { (text) throws in try ContainerFilter(text) }
        let wantsAll = all || latest || last != nil || conditions.contains { $0.isAboutState }
        let service = try ContainerAccess.service()
        conditions = try ContainerFilter.resolved(conditions, service) { try service.list(all: true) }
        var containers = try service.list(all: wantsAll).filter { container in
            ContainerFilter.accepts(container, conditions)
        }
        if let count = latest ? 1 : last { containers = Array(containers.prefix(max(0, count))) }
        if quiet {
            for container in containers { print(noTrunc ? container.id : String(container.id.prefix(12))) }
            return
        }
        let list = try ListFormat(
            format,
            defaultColumns: ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"]
                + (size ? ["Size"] : []),
            headers: [
                "ID": "CONTAINER ID", "RunningFor": "CREATED", "CreatedAt": "CREATED AT",
                "LocalVolumes": "LOCAL VOLUMES",
            ]
        )
        let now = Timestamp.now
        // Counting takes time, so it is done for those who want to see it.
        let countsSize = size || format?.contains(".Size") == true
        let rows = containers.map { container in
            let counted = countsSize ? try? service.size(of: container.id) : nil
            return ContainerRow.value(container, now: now, shortened: !noTrunc, size: counted)
        }
        print(try list.render(rows), terminator: "")
    }
}

/// A container as a row of `ps`.
enum ContainerRow {
    static func value(
        _ container: ContainerSummary,
        now: Timestamp,
        shortened: Bool,
        size: ContainerService.Size? = nil
    ) -> DisplayValue {
        let sizeText = size.map { size in
            "\(HumanSize.decimal(size.own)) (virtual \(HumanSize.decimal(size.own + size.image)))"
        }
        let command = container.command.joined(separator: " ")
        let cut = shortened && command.count > 20 ? command.prefix(19) + "…" : command[...]
        let created = Timestamp(container.created)
        return .object([
            DisplayField(name: "ID", value: .string(shortened ? String(container.id.prefix(12)) : container.id)),
            DisplayField(name: "Names", value: .string(container.name)),
            DisplayField(name: "Image", value: .string(container.image)),
            DisplayField(name: "Command", value: .string("\"\(cut)\"")),
            DisplayField(name: "CreatedAt", value: .string(created.map { $0.zoned(offset: 0, zone: "UTC") } ?? "")),
            DisplayField(
                name: "RunningFor",
                value: .string(created.map { HumanDuration.since($0, now: now) } ?? "")
            ),
            DisplayField(name: "Ports", value: .string(container.ports.joined(separator: ", "))),
            DisplayField(name: "State", value: .string(container.state)),
            DisplayField(name: "Status", value: .string(status(of: container, now: now))),
            DisplayField(name: "HealthStatus", value: .string(container.health ?? "")),
            DisplayField(
                name: "Labels",
                value: .string(
                    container.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
                )
            ),
            DisplayField(name: "Label", value: .lookup(container.labels)),
            DisplayField(
                name: "Mounts",
                value: .string(
                    container.mounts.map { shortened && $0.count > 15 ? $0.prefix(14) + "…" : $0 }
                        .joined(separator: ",")
                )
            ),
            DisplayField(name: "Platform", value: .string(container.platform)),
            DisplayField(name: "LocalVolumes", value: .string(String(container.volumeCount))),
            DisplayField(name: "Size", value: .string(sizeText ?? "0B")),
            DisplayField(name: "Networks", value: .string(container.network)),
        ])
    }

    /// The status in docker's words, such as `Up 2 hours (healthy)` and `Exited (137) 5 minutes ago`.
    static func status(of container: ContainerSummary, now: Timestamp) -> String {
        func since(_ text: String?) -> String {
            guard let time = text.flatMap({ Timestamp($0) }) else { return "" }
            return HumanDuration.text(seconds: max(0, now.seconds - time.seconds))
        }
        switch container.state {
        case "running":
            let health =
                container.health.map { $0 == "starting" ? " (health: starting)" : " (\($0))" } ?? ""
            return "Up \(since(container.startedAt))\(health)"
        case "paused": return "Up \(since(container.startedAt)) (Paused)"
        case "restarting": return "Restarting (\(container.exitCode)) \(since(container.finishedAt)) ago"
        case "exited": return "Exited (\(container.exitCode)) \(since(container.finishedAt)) ago"
        case "dead": return "Dead"
        default: return "Created"
        }
    }
}
