internal import Diagnostics
internal import Engine

/// A condition of `ps --filter`, as `key=value`.
struct ContainerFilter {
    private let key: String
    private var value: String
    /// The ids of the images that `ancestor` means, once they are known.
    private var images: Set<String> = []
    /// The value as an expression, for names and ids.
    private let pattern: NamePattern?

    private static let keys = [
        "id", "name", "label", "status", "exited", "ancestor", "volume", "network", "health", "before", "since",
        "publish", "expose", "is-task",
    ]

    private static let words = [
        "status": ["created", "restarting", "running", "removing", "paused", "exited", "dead"],
        "health": ["none", "starting", "healthy", "unhealthy"],
        "is-task": ["true", "false"],
    ]

    /// Reads a condition.
    init(_ text: String) throws(ContainerFilterError) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else { throw .malformed(text) }
        guard Self.keys.contains(pair[0]) else {
            throw .unknownKey(pair[0], suggestion: closestMatch(to: pair[0], in: Self.keys))
        }
        (key, value) = (pair[0], pair[1])
        pattern = ["id", "name"].contains(pair[0]) ? NamePattern(pair[1]) : nil
        if let words = Self.words[key], !words.contains(value) {
            throw .unknownValue(text, suggestion: closestMatch(to: value, in: words))
        }
        if key == "exited", Int32(value) == nil { throw .noNumber(text) }
    }

    /// Whether the condition makes sense for containers that do not run, so that they are looked at too.
    var isAboutState: Bool { key == "status" || key == "exited" }

    /// Replaces `before` and `since` a container by the moment at which that one was made, and finds out which images were
    /// built on that of `ancestor`.
    ///
    /// - Parameters:
    ///   - conditions: the conditions as they were read.
    ///   - service: knows the images.
    ///   - all: every container there is.
    /// - Returns: conditions that can be asked of one container.
    /// - Throws: ``ContainerFilterError/noSuchContainer(_:)``.
    static func resolved(
        _ conditions: [ContainerFilter],
        _ service: ContainerService,
        among all: () throws -> [ContainerSummary]
    ) throws -> [ContainerFilter] {
        guard conditions.contains(where: \.isRelative) else { return conditions }
        let known = try all()
        return try conditions.map { condition in
            guard condition.isRelative else { return condition }
            if condition.key == "ancestor" {
                var resolved = condition
                resolved.images = try service.images(builtOn: condition.value, among: Set(known.map(\.imageID)))
                return resolved
            }
            // A name counts more than the beginning of an id that looks like it.
            let named = known.first { $0.name == condition.value }
            guard let other = named ?? known.first(where: { $0.id.hasPrefix(condition.value) }) else {
                throw ContainerFilterError.noSuchContainer(condition.value)
            }
            var resolved = condition
            resolved.value = other.created
            return resolved
        }
    }

    private var isRelative: Bool { ["before", "since", "ancestor"].contains(key) }

    /// Whether a container meets the conditions: one of each key, but all labels.
    static func accepts(_ container: ContainerSummary, _ conditions: [ContainerFilter]) -> Bool {
        for (key, group) in Dictionary(grouping: conditions, by: \.key) {
            let met = group.map { $0.accepts(container) }
            guard key == "label" ? met.allSatisfy({ $0 }) : met.contains(true) else { return false }
        }
        return true
    }

    private func accepts(_ container: ContainerSummary) -> Bool {
        switch key {
        case "id": return pattern?.matches(container.id) == true
        // Docker's names begin with a slash, and scripts write it or not.
        case "name": return pattern?.matches("/" + container.name) == true || pattern?.matches(container.name) == true
        case "label":
            let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let own = container.labels[pair[0]] else { return false }
            return pair.count == 1 || own == pair[1]
        case "status": return container.state == value
        case "exited": return container.state == "exited" && String(container.exitCode) == value
        case "ancestor":
            let id = value.hasPrefix("sha256:") ? String(value.dropFirst(7)) : value
            return images.contains(container.imageID) || container.image == value
                || container.image == value + ":latest"
                || (id.count >= 4 && container.imageID.dropFirst(7).hasPrefix(id))
        // Both are RFC 3339 in UTC: without the `Z` behind the fraction their order is that of their letters.
        case "before": return container.created.dropLast() < value.dropLast()
        case "since": return container.created.dropLast() > value.dropLast()
        case "publish":
            return container.ports.contains { PortCondition.meets($0, value, published: true) }
        case "expose":
            return container.ports.contains { PortCondition.meets($0, value, published: false) }
        // Tasks are a swarm's.
        case "is-task": return value == "false"
        case "volume": return container.mounts.contains(value) || container.mountPoints.contains(value)
        case "network": return container.network.split(separator: ",").contains { $0 == value }
        default: return (container.health ?? "none") == value
        }
    }
}

/// Why a condition cannot be used.
enum ContainerFilterError: Explainable {
    /// It is not `key=value`.
    case malformed(String)
    /// The container to compare with does not exist.
    case noSuchContainer(String)
    /// The value is a number's, and this is none.
    case noNumber(String)
    /// The key knows a few words, and this is none of them.
    case unknownValue(String, suggestion: String?)
    /// There is no such key.
    case unknownKey(String, suggestion: String?)

    var what: String {
        switch self {
        case .malformed(let text), .unknownKey(let text, _), .unknownValue(let text, _), .noSuchContainer(let text),
            .noNumber(let text):
            "cannot filter by `\(text)`"
        }
    }

    var why: String? {
        switch self {
        case .malformed: "a condition is `key=value`"
        case .noSuchContainer: "there is no such container"
        case .unknownKey: "there is no such key"
        case .unknownValue: "there is no such value"
        case .noNumber: "the value is a number"
        }
    }

    var remedy: String? {
        switch self {
        case .unknownKey(_, let suggestion?), .unknownValue(_, let suggestion?): "did you mean `\(suggestion)`?"
        default: nil
        }
    }
}
