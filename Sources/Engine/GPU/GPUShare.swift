/// What the programs of one container use of a GPU.
public struct GPUShare: Hashable, Sendable {
    /// The GPU's number.
    public var index: Int
    /// Bytes of its memory that the container's programs use.
    public var memory: UInt64
    /// Bytes of its memory; nil where the driver does not tell.
    public var memoryTotal: UInt64?
    /// The share of time in which the GPU computed, for whomever, in percent; nil where the driver does not tell.
    public var utilization: UInt64?
}
