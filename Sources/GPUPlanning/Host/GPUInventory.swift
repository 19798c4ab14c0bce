/// What a machine has of GPUs and of their drivers, as far as it can be seen without starting any of it.
public struct GPUInventory: Sendable {
    /// How a driver is laid out.
    public enum Layout: String, Hashable, Sendable {
        /// Device nodes and libraries, as on most machines.
        case native
        /// One device and a directory of Windows' driver (WSL 2).
        case windows
    }

    /// The directory that all paths are seen from; `/` but in tests.
    public var hostRoot: String
    /// The layout of NVIDIA's driver.
    public var layout = Layout.native
    /// The version of NVIDIA's kernel driver; nil where none is loaded.
    public var driverVersion: DriverVersion?
    /// Whether the version is that of the libraries, because the kernel does not tell its own (gVisor).
    public var versionIsFromLibraries = false
    /// Whether the kernel driver is the open one.
    public var isOpenDriver = false
    /// The GPUs in the order of their indexes, each vendor's by itself.
    public var gpus: [GPUDevice] = []
    /// NVIDIA's devices on the bus, whether or not a driver has them.
    public var nvidiaAddresses: [BusAddress] = []
    /// The kernel driver that holds the first of them, such as `nouveau`; nil for none.
    public var boundDriver: String?
    /// Whether NVIDIA's switches are on the bus: then a service must have set them up.
    public var hasSwitches = false
    /// The nodes that every program with a GPU needs: `/dev/nvidiactl`, `/dev/nvidia-uvm` and the like.
    public var controlNodes: [HostNode] = []
    /// Names of control nodes that are missing though the driver is loaded.
    public var missingNodes: [String] = []
    /// Major numbers of character devices by the names of their drivers.
    public var majors: [String: UInt32] = [:]
    /// Where the driver's libraries are, seen from the host's root.
    public var libraryDirectory: String?
    /// The libraries of the driver's version.
    public var libraries: [DriverFile] = []
    /// The directories that were searched for libraries.
    public var searched: [String] = []
    /// Other versions whose libraries were found in those directories.
    public var otherVersions: [DriverVersion] = []
    /// Programs such as `nvidia-smi`.
    public var programs: [DriverFile] = []
    /// Sockets of running services.
    public var sockets: [String] = []
    /// Firmware files of the driver's version.
    public var firmware: [String] = []
    /// Settings of graphics libraries: the paths on the host.
    public var settings: [String] = []
    /// The text of the driver's parameters.
    public var parameters: String?
    /// Network adapters that GPUs can use directly.
    public var fabric: [FabricDevice] = []
    /// The nodes that all users of those adapters need.
    public var fabricNodes: [HostNode] = []
    /// `/dev/kfd`, which every program on an AMD GPU needs.
    public var amdComputeNode: HostNode?
    /// The nodes of extra interfaces by the name that asks for them: `gdrcopy`, `gds`.
    public var extraNodes: [String: [HostNode]] = [:]

    /// Describes a machine without any GPU.
    public init(hostRoot: String = "/") { self.hostRoot = hostRoot }

    /// The GPUs of one vendor.
    public func gpus(of vendor: GPUVendor) -> [GPUDevice] { gpus.filter { $0.vendor == vendor } }

    /// The newest CUDA release that the driver serves.
    public var cudaVersion: DriverVersion? { driverVersion.flatMap(CUDARelease.newest(for:)) }

    /// A path of the host's as this process opens it.
    public func path(_ path: String) -> String { hostRoot == "/" ? path : hostRoot + path }
}
