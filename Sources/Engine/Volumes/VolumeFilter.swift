/// A condition of `volume ls --filter`.
public enum VolumeFilter: Equatable, Sendable {
    /// Whether a container uses it.
    case dangling(Bool)
    /// The driver's name.
    case driver(String)
    /// A label, and perhaps its value.
    case label(String, value: String?)
    /// A regular expression that is found in the name.
    case name(String)

    /// Reads `name=value`.
    ///
    /// Throws ``VolumeServiceError/badFilter(_:why:)``.
    public init(_ text: String) throws {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard pair.count == 2 else { throw VolumeServiceError.badFilter(text, why: "it is `NAME=VALUE`") }
        switch pair[0] {
        case "dangling":
            guard let flag = ["true": true, "1": true, "false": false, "0": false][pair[1].lowercased()] else {
                throw VolumeServiceError.badFilter(text, why: "it is `true` or `false`")
            }
            self = .dangling(flag)
        case "driver": self = .driver(pair[1])
        case "name": self = .name(pair[1])
        case "label":
            let label = pair[1].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            self = .label(label[0], value: label.count > 1 ? label[1] : nil)
        default:
            throw VolumeServiceError.badFilter(text, why: "there are `dangling`, `driver`, `label` and `name`")
        }
    }

    var asksForUsers: Bool { if case .dangling = self { true } else { false } }

    /// Whether a volume meets the conditions: one of each kind, and of labels all, as in docker.
    static func accept(_ volume: VolumeSummary, _ filters: [VolumeFilter], used: Set<String>) -> Bool {
        var names: [Bool] = []
        var drivers: [Bool] = []
        for filter in filters {
            switch filter {
            case .dangling(let wanted): if used.contains(volume.name) == wanted { return false }
            case .label(let name, let value):
                guard let found = volume.labels[name], value == nil || found == value else { return false }
            case .name(let pattern): names.append(NamePattern(pattern).matches(volume.name))
            case .driver(let name): drivers.append(name == "local")
            }
        }
        return (names.isEmpty || names.contains(true)) && (drivers.isEmpty || drivers.contains(true))
    }
}
