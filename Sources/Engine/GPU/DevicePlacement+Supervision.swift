internal import ContainerRuntime
internal import Glibc

extension DevicePlacement {
    /// How a container with GPUs is looked after.
    static let supervisorHooks: SupervisorHooks = {
        var hooks = SupervisorHooks()
        hooks.beforeRestart = { try renew($0, environment: variable) }
        hooks.deviceWatch = { directory in
            let watch = DeviceLossWatch(directory, environment: variable)
            return watch.map { watch in { watch.loss() } }
        }
        return hooks
    }()

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
