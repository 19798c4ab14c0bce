/// Looks at a machine, a request and an image before anything is made, and says what will not work.
public struct GPUExamination: Sendable {
    let inventory: GPUInventory
    let selection: GPUSelection?
    let image: GPUImageFacts?

    /// Prepares an examination.
    ///
    /// - Parameters:
    ///   - inventory: the machine.
    ///   - selection: the GPUs that are to be given; nil where only the machine is looked at.
    ///   - image: the image; nil where there is none.
    public init(_ inventory: GPUInventory, selection: GPUSelection? = nil, image: GPUImageFacts? = nil) {
        self.inventory = inventory
        self.selection = selection
        self.image = image
    }

    /// Everything that was found, the worst first.
    public func findings() -> [GPUFinding] {
        guard selection?.vendor ?? .nvidia == .nvidia else { return [] }
        var findings = machine()
        if let image {
            findings += requirements(image) + compatibility(image) + code(image) + library(image) + variables(image)
        }
        return findings.enumerated().sorted { left, right in
            left.element.weight == right.element.weight
                ? left.offset < right.offset : left.element.weight > right.element.weight
        }.map(\.element)
    }

    // MARK: The machine

    private func machine() -> [GPUFinding] {
        guard inventory.layout == .native else { return [] }
        var findings: [GPUFinding] = []
        guard let version = inventory.driverVersion else {
            let absence = GPUAbsence(inventory)
            return [GPUFinding(.certain, absence.what, why: absence.why, remedy: absence.remedy)]
        }
        if inventory.libraryDirectory == nil {
            let absence = GPUAbsence(inventory)
            findings.append(GPUFinding(.certain, absence.what, why: absence.why, remedy: absence.remedy))
        }
        if inventory.missingNodes.contains("/dev/nvidia-uvm"), inventory.majors["nvidia-uvm"] == nil {
            findings.append(
                GPUFinding(
                    .certain,
                    "CUDA cannot start",
                    why: "`/dev/nvidia-uvm` is missing, because the kernel module `nvidia-uvm` is not loaded",
                    remedy: "run `sudo nvidia-modprobe -u -c0`, or `sudo modprobe nvidia-uvm`"
                )
            )
        }
        for path in inventory.missingNodes where path != "/dev/nvidia-uvm" || inventory.majors["nvidia-uvm"] != nil {
            findings.append(
                GPUFinding(
                    .note,
                    "the device node `\(path)` is missing on the host",
                    why: "nobody has used the driver since it was loaded; containers get it all the same",
                    remedy: "for programs outside of containers, run `sudo nvidia-modprobe -u -c0`"
                )
            )
        }
        for gpu in inventory.gpus(of: .nvidia) where gpu.isDivided && gpu.instances.isEmpty {
            let error = GPUSelectionError.noInstances(gpu.index)
            findings.append(GPUFinding(.likely, "GPU \(gpu.index) is of no use", why: error.why, remedy: error.remedy))
        }
        if inventory.hasSwitches, !inventory.sockets.contains(where: { $0.contains("fabricmanager") }) {
            findings.append(
                GPUFinding(
                    .likely,
                    "CUDA may answer `system not yet initialized` (802)",
                    why: "the machine has NVSwitches, and their service does not run",
                    remedy: "start `nvidia-fabricmanager` in the version of the driver, \(version)"
                )
            )
        }
        return findings
    }
}
