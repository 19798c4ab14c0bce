internal import ContainerRuntime
internal import GPUHost
internal import GPUPlanning
internal import Glibc
internal import OCIModel

extension DevicePlacement {
    /// How a container with GPUs is looked after.
    static let supervisorHooks: SupervisorHooks = {
        var hooks = SupervisorHooks()
        hooks.beforeRestart = { try renew($0, environment: variable) }
        hooks.deviceState = state
        return hooks
    }()

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// What the driver looks like now, for containers that depend on it; nil for all others.
    ///
    /// A driver that was unloaded or replaced has another version or none; its nodes may have other numbers, for which the
    /// container has no rule; a GPU that is gone from the list fell off the bus.
    private static func state(_ directory: ContainerDirectory) -> SupervisorHooks.DeviceState? {
        guard let document = try? document(of: directory), document.wishes.wantsGPU,  // no file, no devices
            let inventory = try? GPUProbe(environment: variable).inventory()  // nothing to see, nothing to lose
        else { return nil }
        let nodes = inventory.controlNodes + inventory.gpus.compactMap(\.node)
        let parts =
            [inventory.driverVersion?.description ?? "no driver"]
            + nodes.map { "\($0.path) \($0.major):\($0.minor)" }.sorted()
            + inventory.gpus.map { $0.address?.description ?? "\($0.minor)" }.sorted()
        return SupervisorHooks.DeviceState(
            value: parts.joined(separator: "\n"),
            lossText: "the container has lost its GPU: the driver was reloaded or replaced, or a GPU is gone"
        )
    }
}
