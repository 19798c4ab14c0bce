internal import GPUPlanning
internal import LinuxKernel

/// Finds GPUs of AMD and Intel, whose user space comes with the image: only nodes are passed.
enum OtherVendorProbe {
    static func gpus(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        inventory.amdComputeNode = tree.node("/dev/kfd")
        amd(tree, &inventory)
        intel(tree, &inventory)
    }

    private static func amd(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        var found: [GPUDevice] = []
        let driver = "/sys/module/amdgpu/drivers/pci:amdgpu"
        for name in tree.names(driver) {
            guard let address = BusAddress(name) else { continue }
            let nodes = NVIDIAProbe.drawingNodes("\(driver)/\(name)", tree)
            guard let render = nodes.first(where: { $0.path.contains("renderD") }) else { continue }
            var gpu = GPUDevice(
                vendor: .amd,
                index: found.count,
                minor: render.minor,
                uuid: tree.word("\(driver)/\(name)/unique_id").map { "GPU-\($0)" },
                address: address,
                model: tree.word("\(driver)/\(name)/product_name") ?? "AMD GPU"
            )
            gpu.node = render
            gpu.drawingNodes = nodes.filter { $0 != render }
            found.append(gpu)
        }
        // Parts of a divided MI300: each is a platform device with nodes of its own.
        for name in tree.names("/sys/devices/platform") where name.hasPrefix("amdgpu_xcp_") {
            let nodes = NVIDIAProbe.drawingNodes("/sys/devices/platform/\(name)", tree)
            guard let render = nodes.first(where: { $0.path.contains("renderD") }) else { continue }
            var gpu = GPUDevice(vendor: .amd, index: found.count, minor: render.minor, model: "AMD GPU partition")
            gpu.node = render
            gpu.drawingNodes = nodes.filter { $0 != render }
            found.append(gpu)
        }
        inventory.gpus += found
    }

    private static func intel(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        var found: [GPUDevice] = []
        for module in ["i915", "xe"] {
            let driver = "/sys/bus/pci/drivers/\(module)"
            for name in tree.names(driver) {
                guard let address = BusAddress(name) else { continue }
                let nodes = NVIDIAProbe.drawingNodes("\(driver)/\(name)", tree)
                guard let render = nodes.first(where: { $0.path.contains("renderD") }) else { continue }
                var gpu = GPUDevice(
                    vendor: .intel,
                    index: found.count,
                    minor: render.minor,
                    address: address,
                    model: "Intel GPU"
                )
                gpu.node = render
                gpu.drawingNodes = nodes.filter { $0 != render }
                found.append(gpu)
            }
        }
        inventory.gpus += found
    }
}

/// Finds the adapters of InfiniBand and RoCE.
enum FabricProbe {
    static func adapters(_ tree: borrowing HostTree, _ inventory: inout GPUInventory) {
        for name in tree.names("/sys/class/infiniband") {
            let base = "/sys/class/infiniband/\(name)"
            let verbs = tree.names("\(base)/device/infiniband_verbs").first { $0.hasPrefix("uverbs") }
            inventory.fabric.append(
                FabricDevice(
                    name: name,
                    linkLayer: tree.word("\(base)/ports/1/link_layer") ?? "",
                    node: verbs.flatMap { tree.node("/dev/infiniband/\($0)") }
                )
            )
        }
        guard !inventory.fabric.isEmpty, let node = tree.node("/dev/infiniband/rdma_cm") else { return }
        inventory.fabricNodes = [node]
    }
}
