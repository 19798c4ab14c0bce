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
    /// The options of the driver.
    public var options: [String: String]
    /// Whether it came with a container and was given no name.
    public var isAnonymous: Bool
}

extension ContainerService {
    /// Makes a volume, with a name of its own when `name` is nil, and returns the name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - driver: the kind; there is `local`.
    ///   - labels: `KEY=VALUE` each.
    ///   - options: `NAME=VALUE` each.
    /// - Returns: the name.
    /// - Throws: ``VolumeServiceError`` and the errors of the filesystem.
    public func createVolume(
        _ name: String?,
        driver: String = "local",
        labels: [String],
        options: [String] = []
    ) throws -> String {
        guard driver == "local" else { throw VolumeServiceError.unknownDriver(driver) }
        var generator = SystemRandomNumberGenerator()
        let chosen = name ?? ContainerNames.newID(using: &generator)
        let isNew = try volumes.create(
            chosen,
            labels: Self.labels(labels),
            options: try VolumeOptions(options),
            isAnonymous: name == nil,
            now: ContainerRuntime.Timestamp.now().description
        )
        if isNew { context.note("create", type: "volume", chosen, ["driver": "local"]) }
        return chosen
    }

    static func labels(_ texts: [String]) -> [String: String] {
        var pairs: [String: String] = [:]
        for label in texts {
            let pair = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            pairs[pair[0]] = pair.count > 1 ? pair[1] : ""
        }
        return pairs
    }

    /// The volumes that meet all conditions, by name.
    public func listVolumes(_ filters: [VolumeFilter]) throws -> [VolumeSummary] {
        let used = filters.contains { $0.asksForUsers } ? Set(try list(all: true).flatMap(\.mounts)) : []
        return try listVolumes().filter { volume in VolumeFilter.accept(volume, filters, used: used) }
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
            options: record.options ?? [:],
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
        // A container whose `run --rm` was killed goes when somebody looks.
        for user in try users(of: name) { _ = try? find(user) }
        try volumes.holdingStill {
            let users = try users(of: name)
            guard users.isEmpty else { throw RunError.volumeInUse(name, by: users) }
            try volumes.remove(name)
            context.note("destroy", type: "volume", name, ["driver": "local"])
        }
    }

    private func users(of name: String) throws -> [String] {
        try list(all: true).filter { $0.mounts.contains(name) }.map(\.name)
    }
}
