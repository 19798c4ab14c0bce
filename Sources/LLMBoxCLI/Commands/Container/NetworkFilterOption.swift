internal import ArgumentParser
internal import Engine

/// One value of `network ls --filter`.
struct NetworkFilterOption {
    let key: String
    private let value: String
    private let pattern: NamePattern?

    private static let keys = ["dangling", "driver", "id", "label", "label!", "name", "scope", "type"]

    init(_ text: String) throws {
        let pair = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard pair.count == 2, Self.keys.contains(pair[0]) else {
            throw ValidationError("`\(text)` is no filter: there are dangling, driver, id, label, name, scope and type")
        }
        (key, value) = (pair[0], pair[1])
        pattern = ["id", "name"].contains(key) ? NamePattern(value) : nil
        if key == "type", !["custom", "builtin"].contains(value) {
            throw ValidationError("`type` is `custom` or `builtin`")
        }
        if key == "dangling", !["true", "false", "1", "0"].contains(value.lowercased()) {
            throw ValidationError("`dangling` is `true` or `false`")
        }
    }

    /// Whether a network meets the conditions: one of each key, and all of the labels.
    static func matches(_ network: NetworkSummary, _ conditions: [NetworkFilterOption]) -> Bool {
        Dictionary(grouping: conditions, by: \.key).allSatisfy { key, options in
            switch key {
            case "label": options.allSatisfy { has(network, $0.value) }
            case "label!": options.allSatisfy { !has(network, $0.value) }
            default: options.contains { $0.matches(network) }
            }
        }
    }

    private static func has(_ network: NetworkSummary, _ label: String) -> Bool {
        let pair = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let value = network.labels[pair[0]] else { return false }
        return pair.count == 1 || value == pair[1]
    }

    private func matches(_ network: NetworkSummary) -> Bool {
        let isBuiltIn = network.created == nil
        return switch key {
        case "driver": network.driver == value
        case "id": pattern?.matches(network.id) == true
        case "name": pattern?.matches(network.name) == true
        case "scope": value == "local"
        case "dangling": ["true", "1"].contains(value.lowercased()) == (!isBuiltIn && network.containers.isEmpty)
        default: (value == "custom") == !isBuiltIn
        }
    }
}
