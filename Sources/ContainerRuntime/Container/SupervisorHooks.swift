/// What the supervision of a container leaves to whoever knows its devices.
public struct SupervisorHooks: Sendable {
    /// Brings the container's launch plan up to date before it starts again by itself.
    public var beforeRestart: @Sendable (ContainerDirectory) throws -> Void = { _ in }
    /// What the container's devices look like now; nil for a container that depends on none.
    ///
    /// Asked at the start and every few seconds while the container runs: another answer than the first is a loss.
    public var deviceState: @Sendable (ContainerDirectory) -> DeviceState? = { _ in nil }

    /// What devices look like at one moment; any difference later is a loss.
    public struct DeviceState: Equatable, Sendable {
        /// A text for comparison.
        public var value: String
        /// What it means to see another value, for people.
        public var lossText: String

        /// Describes a moment.
        public init(value: String, lossText: String) {
            self.value = value
            self.lossText = lossText
        }
    }

    /// Nothing to do.
    public init() {}
}
