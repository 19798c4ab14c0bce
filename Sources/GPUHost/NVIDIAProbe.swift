internal import GPUPlanning
internal import LinuxKernel

/// Reads what NVIDIA's kernel driver shows in procfs, sysfs and `/dev`.
enum NVIDIAProbe {
    /// The nodes that every program needs, and those of extra interfaces.
    static func nodes(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        for name in ["nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset"] {
            if let node = tree.node("/dev/\(name)") {
                inventory.controlNodes.append(node)
            } else if name == "nvidiactl" || name == "nvidia-uvm" {
                inventory.missingNodes.append("/dev/\(name)")
            }
        }
        if let node = tree.node("/dev/gdrdrv") { inventory.extraNodes["gdrcopy"] = [node] }
        let storage = (0..<16).compactMap { tree.node("/dev/nvidia-fs\($0)") }
        if !storage.isEmpty { inventory.extraNodes["gds"] = storage }
    }

    /// The GPUs in the order of the bus.
    static func gpus(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        var found: [GPUDevice] = []
        for name in tree.names("/proc/driver/nvidia/gpus") {
            guard let address = BusAddress(name),
                let text = tree.text("/proc/driver/nvidia/gpus/\(name)/information")
            else { continue }
            found.append(gpu(address, fields(text), tree))
        }
        if found.isEmpty, inventory.driverVersion != nil || !inventory.controlNodes.isEmpty {
            found = byNodes(tree, inventory)
        }
        found.sort { left, right in
            guard let first = left.address, let second = right.address else { return left.minor < right.minor }
            return first < second
        }
        for index in found.indices { found[index].index = index }
        for index in found.indices { divide(&found[index], tree, inventory.majors["nvidia-caps"]) }
        inventory.gpus += found
        for gpu in found where gpu.node == nil && !gpu.isExcluded {
            inventory.missingNodes.append("/dev/nvidia\(gpu.minor)")
        }
    }

    private static func gpu(
        _ address: BusAddress,
        _ fields: [String: String],
        _ tree: borrowing HostTree
    ) -> GPUDevice {
        let minor = fields["Device Minor"].flatMap { UInt32($0) } ?? 0
        // Question marks until somebody has used the GPU for the first time.
        let uuid = fields["GPU UUID"].flatMap { $0.contains("?") ? nil : $0 }
        var gpu = GPUDevice(
            vendor: .nvidia,
            index: 0,
            minor: minor,
            uuid: uuid,
            address: address,
            model: fields["Model"] ?? ""
        )
        gpu.isExcluded = fields["GPU Excluded"]?.lowercased() == "yes"
        gpu.node = tree.node("/dev/nvidia\(minor)")
        let bus = "/sys/bus/pci/devices/\(address)"
        gpu.memoryNode = tree.word(bus + "/numa_node").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        gpu.localProcessors = tree.word(bus + "/local_cpulist")
        gpu.drawingNodes = drawingNodes(bus, tree)
        return gpu
    }

    /// The nodes below `/dev/dri` that belong to a device of the bus.
    static func drawingNodes(_ bus: String, _ tree: borrowing HostTree) -> [HostNode] {
        var nodes: [HostNode] = []
        for name in tree.names(bus + "/drm") where name.hasPrefix("card") || name.hasPrefix("renderD") {
            if let node = tree.node("/dev/dri/\(name)") { nodes.append(node) }
        }
        return nodes
    }

    /// Machines that hide procfs (gVisor) still have the nodes.
    private static func byNodes(_ tree: borrowing HostTree, _ inventory: GPUInventory) -> [GPUDevice] {
        var result: [GPUDevice] = []
        for name in tree.names("/dev") where name.hasPrefix("nvidia") {
            guard let minor = UInt32(name.dropFirst("nvidia".count)), let node = tree.node("/dev/\(name)") else {
                continue
            }
            var gpu = GPUDevice(vendor: .nvidia, index: 0, minor: minor)
            gpu.node = node
            result.append(gpu)
        }
        result.sort { $0.minor < $1.minor }
        // The two lists can be matched only where they are equally long.
        if result.count == inventory.nvidiaAddresses.count {
            for (index, address) in inventory.nvidiaAddresses.enumerated() { result[index].address = address }
        }
        return result
    }

    /// The `Key: value` lines.
    static func fields(_ text: String) -> [String: String] {
        var result: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop(while: \.isWhitespace)
            let trimmed = value.reversed().drop(while: \.isWhitespace).reversed()
            result[String(line[..<colon])] = String(trimmed)
        }
        return result
    }

    // MARK: Instances

    /// Finds the instances of a divided GPU, in the order of their numbers.
    private static func divide(_ gpu: inout GPUDevice, _ tree: borrowing HostTree, _ major: UInt32?) {
        let base = "/proc/driver/nvidia/capabilities/gpu\(gpu.minor)/mig"
        guard tree.exists(base) else { return }
        var instances: [GPUInstance] = []
        for outer in numbers(tree.names(base), prefix: "gi") {
            guard let guardNode = node("\(base)/gi\(outer)/access", tree, major) else { continue }
            // The directory is there on every GPU that could be divided; an instance makes the difference.
            gpu.isDivided = true
            for inner in numbers(tree.names("\(base)/gi\(outer)"), prefix: "ci") {
                guard let computeNode = node("\(base)/gi\(outer)/ci\(inner)/access", tree, major) else { continue }
                instances.append(
                    GPUInstance(
                        index: instances.count,
                        gpuInstance: outer,
                        computeInstance: inner,
                        gpuInstanceNode: guardNode,
                        computeInstanceNode: computeNode
                    )
                )
            }
        }
        gpu.instances = instances
    }

    private static func numbers(_ names: [String], prefix: String) -> [Int] {
        names.compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.sorted()
    }

    /// The node that a capability's file names, whether or not it exists yet.
    private static func node(_ path: String, _ tree: borrowing HostTree, _ major: UInt32?) -> HostNode? {
        guard let text = tree.text(path), let minor = fields(text)["DeviceFileMinor"].flatMap({ UInt32($0) }) else {
            return nil
        }
        let device = "/dev/nvidia-caps/nvidia-cap\(minor)"
        if let node = tree.node(device) { return node }
        guard let major else { return nil }
        return HostNode(path: device, major: major, minor: minor, mode: 0o444)
    }
}
