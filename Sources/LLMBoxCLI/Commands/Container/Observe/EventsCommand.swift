internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// The command `llmbox events`.
struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Show what happens to containers, images, networks and volumes, as it happens."
    )

    @Option(name: [.customShort("f", allowingJoined: true), .long], help: "Condition KEY=VALUE.")
    var filter: [String] = []
    @Option(name: .long, help: "Also events since this time, or since a duration ago.") var since: String?
    @Option(name: .long, help: "Only events until this time; then the command ends.") var until: String?
    @Option(name: .long, help: "json, or a Go template.") var format: String?

    func run() throws {
        let conditions = try filter.map { (text) throws in try EventFilter(text) }
        let template = try format.flatMap { $0 == "json" ? nil : try GoTemplate($0) }
        try ContainerAccess.service().events(since: since, until: until) { event in
            guard EventFilter.accepts(event, conditions) else { return true }
            let value = Self.value(event)
            let text = try template?.render(value) ?? (format == nil ? Self.line(event) : value.json())
            try StandardOutput.write(text + "\n")
            return true
        }
    }

    private static func line(_ event: StoreEvent) -> String {
        let pairs = event.attributes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let text = "\(event.time) \(event.type) \(event.action) \(event.id)"
        return TerminalText.escaped(pairs.isEmpty ? text : "\(text) (\(pairs.joined(separator: ", ")))")
    }

    private static func value(_ event: StoreEvent) -> DisplayValue {
        let instant = event.instant
        return .fields([
            "status": .string(event.action),
            "id": .string(event.id),
            "from": .string(event.attributes["image"] ?? ""),
            "Type": .string(event.type),
            "Action": .string(event.action),
            "Actor": .fields(["ID": .string(event.id), "Attributes": .map(event.attributes)]),
            "scope": "local",
            "time": .integer(instant.seconds),
            "timeNano": .integer(instant.seconds * 1_000_000_000 + instant.nanoseconds),
            // Templates name the fields as Go does.
            "Status": .string(event.action),
            "ID": .string(event.id),
            "From": .string(event.attributes["image"] ?? ""),
            "Scope": "local",
            "Time": .integer(instant.seconds),
            "TimeNano": .integer(instant.seconds * 1_000_000_000 + instant.nanoseconds),
        ])
    }
}

/// A condition of `events --filter`, as `key=value`.
struct EventFilter {
    private let key: String
    private let value: String

    private static let keys = ["container", "event", "image", "label", "scope", "type", "volume", "network"]

    /// Reads a condition.
    init(_ text: String) throws(ContainerFilterError) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else { throw .malformed(text) }
        guard Self.keys.contains(pair[0]) else {
            throw .unknownKey(pair[0], suggestion: closestMatch(to: pair[0], in: Self.keys))
        }
        (key, value) = (pair[0], pair[1])
    }

    /// Whether an event meets the conditions: one of each key, but all labels.
    static func accepts(_ event: StoreEvent, _ conditions: [EventFilter]) -> Bool {
        for (key, group) in Dictionary(grouping: conditions, by: \.key) {
            let met = group.map { $0.accepts(event) }
            guard key == "label" ? met.allSatisfy({ $0 }) : met.contains(true) else { return false }
        }
        return true
    }

    private func accepts(_ event: StoreEvent) -> Bool {
        switch key {
        case "container":
            return event.type == "container" && (event.attributes["name"] == value || event.id.hasPrefix(value))
        case "event":
            // `health_status` means `health_status: healthy` too, and `exec_start` also `exec_start: sh`.
            return event.action == value || event.action.hasPrefix(value + ":")
        case "image":
            return event.attributes["image"] == value || event.attributes["image"] == value + ":latest"
        case "label":
            let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let own = event.attributes[pair[0]] else { return false }
            return pair.count == 1 || own == pair[1]
        case "scope": return value == "local"
        case "type": return event.type == value
        default: return event.type == key && event.id == value
        }
    }
}
