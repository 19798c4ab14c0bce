internal import ContainerRuntime
internal import LaunchPlanning

extension ContainerService {
    /// The volumes and directories of other containers, as `--volumes-from` names them: `CONTAINER[:ro|rw]`.
    ///
    /// A volume without a name of its own goes with the last container that has it. Memory is nobody else's.
    func inheritedMounts(_ texts: [String], _ result: inout ResolvedMounts) throws -> [ContainerMount] {
        var mounts: [ContainerMount] = []
        for text in texts {
            let (reference, isReadOnly) = try Self.readVolumesFrom(text)
            let record = try containers.resolve(reference).record()
            for summary in record.mounts {
                guard var mount = Self.mount(summary) else { continue }
                if let isReadOnly { mount.isReadOnly = isReadOnly }
                mounts.removeAll { $0.destination == mount.destination }
                mounts.append(mount)
                if let name = summary.name, record.anonymousVolumes.contains(name), !result.anonymous.contains(name) {
                    result.anonymous.append(name)
                }
            }
        }
        return mounts
    }

    /// Splits the mode off; nil is the mode that each mount has.
    static func readVolumesFrom(_ text: String) throws -> (container: String, isReadOnly: Bool?) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty else { throw VolumeServiceError.badVolumesFrom(text) }
        guard parts.count > 1 else { return (parts[0], nil) }
        var isReadOnly: Bool?
        for word in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
            switch word {
            case "ro" where isReadOnly == nil: isReadOnly = true
            case "rw" where isReadOnly == nil: isReadOnly = false
            // The labels are those that the mounts have.
            case "z", "Z": break
            default: throw VolumeServiceError.badVolumesFrom(text)
            }
        }
        return (parts[0], isReadOnly)
    }

    private static func mount(_ summary: MountSummary) -> ContainerMount? {
        let source: ContainerMount.Source
        switch summary.type {
        case "bind": source = .bind(path: summary.source, createIfMissing: false)
        case "volume": source = .volume(name: summary.name)
        default: return nil
        }
        var mount = ContainerMount(
            source,
            destination: summary.destination,
            isReadOnly: !summary.writable,
            propagation: summary.propagation,
            isNonRecursive: summary.isNonRecursive == true
        )
        mount.subpath = summary.subpath
        return mount
    }
}
