/// What the supervision of a container leaves to whoever knows its devices.
public struct SupervisorHooks: Sendable {
    /// Says what a container's devices have lost since the watch began; nil for nothing.
    public typealias DeviceWatcher = () -> String?

    /// Brings the container's launch plan up to date before it starts again by itself.
    public var beforeRestart: @Sendable (ContainerDirectory) throws -> Void = { _ in }
    /// Begins to watch the container's devices; nil for a container that depends on none.
    ///
    /// Called before each start; what it returns is asked every few seconds while the container runs.
    public var deviceWatch: @Sendable (ContainerDirectory) -> DeviceWatcher? = { _ in nil }

    /// Nothing to do.
    public init() {}
}
