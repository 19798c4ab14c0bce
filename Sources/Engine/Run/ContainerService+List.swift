internal import ContainerRuntime
internal import OCIModel

extension ContainerService {
    /// The containers of the store, the newest first.
    ///
    /// Those that do not run are among them when `all` is true.
    public func list(all: Bool) throws -> [ContainerSummary] {
        typealias Found = (created: ContainerRuntime.Timestamp, summary: ContainerSummary)
        let ids = try containers.ids()
        guard !ids.isEmpty else { return [] }
        // A hundred are read faster than a thread is started.
        let width = ids.count < 100 ? 1 : ParallelWork.width
        let found = try ParallelWork.map(width, width: width) { [containers] part -> [Found] in
            var reader = try ContainerListingReader(containers)
            var found: [Found] = []
            for index in stride(from: part, to: ids.count, by: width) {
                // One that is removed while we look is none, nor is what a crash left.
                guard var (container, state) = try? reader.read(ids[index]) else { continue }
                if state.isAbandoned {
                    // Cleaned up now, so that the time of its end is known; one that is removed with that is none.
                    _ = try? ContainerControl.reap(
                        ContainerDirectory(path: "\(containers.path)/\(ids[index])"),
                        in: containers
                    )
                    guard let left = try? reader.read(ids[index]) else { continue }
                    (container, state) = left
                }
                guard all || state.isRunning || state.status == .restarting else { continue }
                found.append((container.created, Self.summary(container, state)))
            }
            return found
        }
        return found.joined().sorted { $0.created > $1.created }.map(\.summary)
    }

    private static let hostPlatform = Platform.host.description

    private static func summary(_ container: ContainerListing, _ state: ContainerState) -> ContainerSummary {
        ContainerSummary(
            id: container.id,
            name: container.name,
            image: container.image,
            imageID: container.imageID,
            command: container.command,
            created: container.created.description,
            state: state.status.rawValue,
            exitCode: state.exitCode,
            startedAt: state.startedAt?.description,
            finishedAt: state.finishedAt?.description,
            health: state.isRunning ? state.health?.status.rawValue : nil,
            ports: state.isRunning ? PortList.texts(state.publishedPorts, exposed: container.exposedPorts) : [],
            labels: container.labels,
            // Memory comes from nowhere.
            mounts: container.mounts.map { $0.name ?? $0.source }.filter { !$0.isEmpty },
            mountPoints: container.mounts.map(\.destination),
            volumeCount: container.mounts.filter { $0.name != nil }.count,
            network: (state.endpoints?.map(\.network) ?? container.networks).joined(separator: ","),
            platform: container.architecture.map { "linux/\($0)" } ?? hostPlatform
        )
    }
}
