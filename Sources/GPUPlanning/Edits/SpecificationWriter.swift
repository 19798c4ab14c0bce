public import DeviceInterface

/// Writes what was found on a machine as a specification that podman, docker and others read.
public enum SpecificationWriter {
    /// The specification of a vendor's GPUs: each by its number and its lasting name, and all together.
    ///
    /// - Throws: ``GPUSelectionError`` where there is none.
    public static func specification(
        of vendor: GPUVendor,
        in inventory: GPUInventory
    ) throws(GPUSelectionError) -> DeviceSpecification {
        let everything = try GPUSelection(GPURequest(.all, vendor: vendor), in: inventory)
        let builder = GPUEditBuilder(inventory, placement: .standardDirectories)
        var devices: [SpecifiedDevice] = []
        var whole = ContainerEdits()
        for unit in everything.units {
            var one = everything
            one.units = [unit]
            let edits = vendor == .nvidia ? builder.nodes(of: unit) : builder.edits(one)
            let entry = containerEdits(edits)
            whole.deviceNodes = merged(whole.deviceNodes, entry.deviceNodes)
            whole.additionalGids = merged(whole.additionalGids, entry.additionalGids)
            for name in [unit.index] + [unit.uuid].compactMap({ $0 }) {
                devices.append(SpecifiedDevice(name: name, containerEdits: entry))
            }
        }
        var common: ContainerEdits?
        if vendor == .nvidia {
            common = containerEdits(inventory.layout == .windows ? builder.edits(everything) : builder.driver())
            // A device without edits of its own is not allowed: the variable is the driver's anyway.
            if inventory.layout == .windows { whole.env = ["NVIDIA_VISIBLE_DEVICES=void"] }
        }
        devices.append(SpecifiedDevice(name: "all", containerEdits: whole))
        var specification = DeviceSpecification(
            cdiVersion: "0.3.0",
            kind: vendor.kind,
            devices: devices,
            containerEdits: common
        )
        specification.cdiVersion = SpecificationReader.neededVersion(of: specification)
        return specification
    }

    private static func merged<Element: Equatable>(_ left: [Element]?, _ right: [Element]?) -> [Element]? {
        var result = left ?? []
        for element in right ?? [] where !result.contains(element) { result.append(element) }
        return result.isEmpty ? nil : result
    }

    private static func containerEdits(_ edits: DeviceEdits) -> ContainerEdits {
        var result = ContainerEdits()
        result.env = edits.environment.isEmpty ? nil : edits.environment
        result.deviceNodes = edits.nodes.isEmpty ? nil : edits.nodes.map { SpecifiedNode(path: $0.path) }
        result.mounts =
            edits.mounts.isEmpty
            ? nil
            : edits.mounts.map {
                SpecifiedMount(hostPath: $0.hostPath, containerPath: $0.containerPath, options: $0.options)
            }
        result.additionalGids = edits.groups.isEmpty ? nil : edits.groups
        return result
    }
}
