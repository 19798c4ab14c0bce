/// What can be given to a container: a whole GPU, or an instance of a divided one.
public enum GPUUnit: Hashable, Sendable {
    /// A GPU.
    case whole(GPUDevice)
    /// A part of one.
    case instance(GPUInstance, of: GPUDevice)

    /// The GPU that it is, or is a part of.
    public var gpu: GPUDevice {
        switch self {
        case .whole(let gpu), .instance(_, let gpu): gpu
        }
    }

    /// Its number, such as `0` or `0:1`.
    public var index: String {
        switch self {
        case .whole(let gpu): "\(gpu.index)"
        case .instance(let instance, let gpu): "\(gpu.index):\(instance.index)"
        }
    }

    /// Its lasting name, where it is known.
    public var uuid: String? {
        switch self {
        case .whole(let gpu): gpu.uuid
        case .instance(let instance, _): instance.uuid
        }
    }

    /// Whether `name` means it.
    func isNamed(_ name: String) -> Bool {
        if name == index || uuid.map({ $0.lowercased() == name.lowercased() }) == true { return true }
        guard case .whole(let gpu) = self, let address = BusAddress(name) else { return false }
        return gpu.address == address
    }

    /// Everything that a vendor's GPUs offer: divided ones by their instances.
    public static func all(of vendor: GPUVendor, in inventory: GPUInventory) -> [GPUUnit] {
        inventory.gpus(of: vendor).filter { !$0.isExcluded }.flatMap { gpu -> [GPUUnit] in
            gpu.isDivided ? gpu.instances.map { .instance($0, of: gpu) } : [.whole(gpu)]
        }
    }
}
