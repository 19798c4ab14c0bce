internal import ContainerRuntime

/// A condition on what a prune removes, as `--filter` writes it.
public enum PruneFilter: Sendable, Equatable {
    /// Made before this time, in seconds since 1970.
    case until(Int64)
    /// With a label, and perhaps a value of it.
    case label(String, value: String?)
    /// Without a label, or with another value of it.
    case noLabel(String, value: String?)
    /// With or without a name.
    case dangling(Bool)
    /// Volumes with a name too.
    case allVolumes(Bool)
    /// An entry of the build cache whose ID begins so.
    case cacheID(String)
    /// Entries of the build cache of a kind, as `builder du` calls it.
    case cacheKind(String)

    /// Reads `name=value` or `label!=…`.
    ///
    /// A duration counts back from now.
    /// - Throws: ``ImageServiceError/badFilter(_:reason:)``.
    public init(_ text: String) throws {
        guard let equals = text.firstIndex(of: "=") else {
            throw ImageServiceError.badFilter(text, reason: "it must look like `name=value`")
        }
        let value = String(text[text.index(after: equals)...])
        func flag() throws -> Bool {
            guard let flag = ["true": true, "1": true, "false": false, "0": false][value.lowercased()] else {
                throw ImageServiceError.badFilter(text, reason: "its value is `true` or `false`")
            }
            return flag
        }
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch text[..<equals] {
        case "until", "unused-for": self = .until(try LogTime.parse(value, option: "--filter until=").seconds)
        case "label": self = .label(parts[0], value: parts.count > 1 ? parts[1] : nil)
        case "label!": self = .noLabel(parts[0], value: parts.count > 1 ? parts[1] : nil)
        case "dangling": self = .dangling(try flag())
        case "all": self = .allVolumes(try flag())
        case "id": self = .cacheID(value)
        case "type": self = .cacheKind(value)
        default:
            throw ImageServiceError.badFilter(
                text,
                reason: "the filters are `until`, `label`, `label!`, `dangling`, `all`"
            )
        }
    }

    /// Whether an entry of the build cache meets the condition; others than those about the cache say nothing of it.
    func accepts(_ entry: CacheEviction.Entry) -> Bool {
        switch self {
        case .until(let time): entry.lastUsed < time
        case .cacheID(let start): entry.id.hasPrefix(start)
        case .cacheKind(let kind): entry.kind == kind
        case .label, .noLabel, .dangling, .allVolumes: true
        }
    }

    /// Whether something made at a time, in seconds since 1970, with some labels meets the condition.
    func accepts(created: Int64?, labels: [String: String]) -> Bool {
        switch self {
        case .until(let time): return created.map { $0 < time } ?? true
        case .label(let name, let value): return labels[name].map { value == nil || $0 == value } ?? false
        case .noLabel(let name, let value): return !(labels[name].map { value == nil || $0 == value } ?? false)
        case .dangling, .allVolumes, .cacheID, .cacheKind: return true
        }
    }
}
