internal import ContainerRuntime

extension ContainerService {
    /// The containers of the store, the newest first.
    ///
    /// Those that do not run are among them when `all` is true.
    public func list(all: Bool) throws -> [ContainerSummary] {
        var found: [(created: ContainerRuntime.Timestamp, summary: ContainerSummary)] = []
        for directory in try containers.all() {
            // One that is removed while we look is none.
            guard let record = try? directory.record(), let state = try? directory.state() else { continue }
            guard all || state.isRunning || state.status == .restarting else { continue }
            found.append((record.created, Self.summary(record, state)))
        }
        return found.sorted { $0.created > $1.created }.map(\.summary)
    }

    private static func summary(_ record: ContainerRecord, _ state: ContainerState) -> ContainerSummary {
        ContainerSummary(
            id: record.id,
            name: record.name,
            image: record.image,
            imageID: record.imageID,
            command: record.command,
            created: record.created.description,
            state: state.status.rawValue,
            exitCode: state.exitCode,
            startedAt: state.startedAt?.description,
            finishedAt: state.finishedAt?.description,
            health: state.isRunning ? state.health?.status.rawValue : nil,
            ports: state.publishedPorts.map(portText),
            labels: record.labels,
            mounts: record.mounts.map { $0.name ?? $0.source },
            volumeCount: record.mounts.filter { $0.name != nil }.count,
            network: record.network.mode.rawValue
        )
    }

    static func portText(_ port: PortPublication) -> String {
        "\(hostAddress(port))->\(port.containerPort)/\(port.transport.rawValue)"
    }
}
