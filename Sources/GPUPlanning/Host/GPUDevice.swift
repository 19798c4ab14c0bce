/// Who makes a GPU.
public enum GPUVendor: String, Hashable, Sendable, CaseIterable {
    /// NVIDIA.
    case nvidia
    /// AMD.
    case amd
    /// Intel.
    case intel

    /// The kind of its devices in the container device interface.
    public var kind: String { "\(rawValue).com/gpu" }
}

/// A GPU of this machine.
public struct GPUDevice: Hashable, Sendable {
    /// Who makes it.
    public var vendor: GPUVendor
    /// Its number in the order of the bus, which is the number that `nvidia-smi` shows.
    public var index: Int
    /// The number of its device node, which need not be the index.
    public var minor: UInt32
    /// Its lasting name, such as `GPU-…`; nil until the driver has initialised it once.
    public var uuid: String?
    /// Its place on the bus.
    public var address: BusAddress?
    /// Its product name.
    public var model: String
    /// The generation of its processors, where the driver was asked for it; see ``computeCapability``.
    public var measuredArchitecture: DriverVersion?
    /// Whether the driver was told to leave it alone.
    public var isExcluded = false
    /// The memory node that it is near; nil where the machine has one.
    public var memoryNode: Int?
    /// The processors that it is near, as `0-15`.
    public var localProcessors: String?
    /// Its own node, `/dev/nvidia0` or `/dev/dri/renderD128`; nil where it is missing.
    public var node: HostNode?
    /// The nodes of its graphics interface.
    public var drawingNodes: [HostNode] = []
    /// Whether it is divided, so that programs use its instances and not the whole.
    public var isDivided = false
    /// The instances that it is divided into.
    public var instances: [GPUInstance] = []

    /// The generation of its processors, such as 9.0: the driver's word, or what follows from the product name.
    public var computeCapability: DriverVersion? { measuredArchitecture ?? GPUModel(model).architecture }

    /// Describes a GPU.
    public init(
        vendor: GPUVendor,
        index: Int,
        minor: UInt32,
        uuid: String? = nil,
        address: BusAddress? = nil,
        model: String = ""
    ) {
        self.vendor = vendor
        self.index = index
        self.minor = minor
        self.uuid = uuid
        self.address = address
        self.model = model
    }
}

/// A part of a divided GPU (MIG) that programs can compute on.
public struct GPUInstance: Hashable, Sendable {
    /// Its number among the instances of its GPU; the second number of `0:1`.
    public var index: Int
    /// The number of the GPU instance.
    public var gpuInstance: Int
    /// The number of the compute instance in it.
    public var computeInstance: Int
    /// Its lasting name, `MIG-…`; nil where the management library could not be asked.
    public var uuid: String?
    /// The node that guards the GPU instance.
    public var gpuInstanceNode: HostNode
    /// The node that guards the compute instance.
    public var computeInstanceNode: HostNode

    /// Describes an instance.
    public init(
        index: Int,
        gpuInstance: Int,
        computeInstance: Int,
        gpuInstanceNode: HostNode,
        computeInstanceNode: HostNode
    ) {
        self.index = index
        self.gpuInstance = gpuInstance
        self.computeInstance = computeInstance
        self.gpuInstanceNode = gpuInstanceNode
        self.computeInstanceNode = computeInstanceNode
    }
}
