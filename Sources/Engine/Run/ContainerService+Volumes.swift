internal import ContainerRuntime

/// A volume, as `volume ls` and `volume inspect` show it.
public struct VolumeSummary: Sendable {
    /// The name.
    public var name: String
    /// The directory on the host.
    public var mountpoint: String
    /// When it was made, in RFC 3339.
    public var created: String
    /// The labels.
    public var labels: [String: String]
    /// Whether it came with a container and was given no name.
    public var isAnonymous: Bool
}

extension ContainerService {
    /// Makes a volume, with a name of its own when `name` is nil, and returns the name.
    public func createVolume(_ name: String?, labels: [String]) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let chosen = name ?? ContainerNames.newID(using: &generator)
        var pairs: [String: String] = [:]
        for label in labels {
            let pair = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            pairs[pair[0]] = pair.count > 1 ? pair[1] : ""
        }
        let now = ContainerRuntime.Timestamp.now().description
        if try volumes.create(chosen, labels: pairs, isAnonymous: name == nil, now: now) {
            context.note("create", type: "volume", chosen, ["driver": "local"])
        }
        return chosen
    }

    /// All volumes by name.
    public func listVolumes() throws -> [VolumeSummary] {
        try volumes.names().map { (name) throws in try inspectVolume(name) }
    }

    /// What is known of a volume.
    public func inspectVolume(_ name: String) throws -> VolumeSummary {
        let record = try volumes.record(name)
        return VolumeSummary(
            name: name,
            mountpoint: volumes.dataPath(name),
            created: record.createdAt,
            labels: record.labels,
            isAnonymous: record.isAnonymous
        )
    }

    /// Removes a volume that no container uses.
    ///
    /// - Parameters:
    ///   - name: the volume.
    ///   - force: whether a missing one is no error.
    /// - Throws: ``RunError/volumeInUse(_:by:)`` and ``RunError/volumeMissing(_:)``.
    public func removeVolume(_ name: String, force: Bool) throws {
        if force, !volumes.exists(name) { return }
        try volumes.holdingStill {
            let users = try list(all: true).filter { $0.mounts.contains(name) }.map(\.name)
            guard users.isEmpty else { throw RunError.volumeInUse(name, by: users) }
            try volumes.remove(name)
            context.note("destroy", type: "volume", name, ["driver": "local"])
        }
    }
}
