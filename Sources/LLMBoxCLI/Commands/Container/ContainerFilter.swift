internal import Diagnostics
internal import Engine

/// A condition of `ps --filter`, as `key=value`.
struct ContainerFilter {
    private let key: String
    private let value: String

    private static let keys = [
        "id", "name", "label", "status", "exited", "ancestor", "volume", "network", "health",
    ]

    /// Reads a condition.
    init(_ text: String) throws(ContainerFilterError) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else { throw .malformed(text) }
        guard Self.keys.contains(pair[0]) else {
            throw .unknownKey(pair[0], suggestion: closestMatch(to: pair[0], in: Self.keys))
        }
        (key, value) = (pair[0], pair[1])
    }

    /// Whether the condition makes sense for containers that do not run, so that they are looked at too.
    var isAboutState: Bool { key == "status" || key == "exited" }

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
        case "id": return container.id.hasPrefix(value)
        case "name": return container.name.contains(value.hasPrefix("/") ? String(value.dropFirst()) : value)
        case "label":
            let pair = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let own = container.labels[pair[0]] else { return false }
            return pair.count == 1 || own == pair[1]
        case "status": return container.state == value
        case "exited": return container.state == "exited" && String(container.exitCode) == value
        case "ancestor":
            let id = value.hasPrefix("sha256:") ? String(value.dropFirst(7)) : value
            return container.image == value || container.image == value + ":latest"
                || (id.count >= 4 && container.imageID.dropFirst(7).hasPrefix(id))
        case "volume": return container.mounts.contains(value)
        case "network": return container.network.split(separator: ",").contains { $0 == value }
        default: return (container.health ?? "none") == value
        }
    }
}

/// Why a condition cannot be used.
enum ContainerFilterError: Explainable {
    /// It is not `key=value`.
    case malformed(String)
    /// There is no such key.
    case unknownKey(String, suggestion: String?)

    var what: String {
        switch self {
        case .malformed(let text), .unknownKey(let text, _): "cannot filter by `\(text)`"
        }
    }

    var why: String? { if case .malformed = self { "a condition is `key=value`" } else { "there is no such key" } }

    var remedy: String? {
        if case .unknownKey(_, let suggestion?) = self { "did you mean `\(suggestion)`?" } else { nil }
    }
}
