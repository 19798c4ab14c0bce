/// One `--device` of a `RUN`: a CDI name such as `nvidia.com/gpu=all`.
public struct RunDevice: Hashable, Sendable {
    /// The device's name.
    public let name: Word
    /// Whether the step fails when the device is missing.
    public let isRequired: Bool
}
