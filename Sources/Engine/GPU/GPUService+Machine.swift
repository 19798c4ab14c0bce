internal import GPUHost
internal import GPUPlanning
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel

extension GPUService {
    /// Faults that the kernel's log still tells of; the last one of each GPU.
    func faults(_ inventory: GPUInventory) -> [GPUFinding] {
        if inventory.gpus(of: .nvidia).isEmpty { return [] }
        var last: [BusAddress: GPUFault] = [:]
        for fault in probe.faults() where last[fault.address]?.isFatal != true || fault.isFatal {
            last[fault.address] = fault
        }
        return last.sorted { $0.key < $1.key }.map { address, fault in
            let gpu = inventory.gpus(of: .nvidia).first { $0.address == address }
            let name = gpu.map { "GPU \($0.index)" } ?? "the GPU at \(address)"
            return GPUFinding(
                fault.isFatal ? .likely : .note,
                fault.isFatal ? "\(name) may serve no program" : "\(name) had a fault since the machine started",
                why: "the kernel's log has Xid \(fault.number), \(fault.meaning): \(fault.text)",
                remedy: fault.isFatal
                    ? "where nobody has reset it since: `nvidia-smi --gpu-reset -i \(gpu?.index ?? 0)` while nothing uses it, or"
                        + " reboot" : nil
            )
        }
    }

    /// What containers get of memory that GPUs need from the machine.
    func limits(_ inventory: GPUInventory) -> [GPUFinding] {
        // A kernel that does not tell leaves nothing to say.
        guard !inventory.gpus.isEmpty || !inventory.fabric.isEmpty, let facts = try? HostFacts.probe(),
            let locked = try? ProcessControl.limit(UInt32(8)).hard  // RLIMIT_MEMLOCK
        else { return [] }
        var findings: [GPUFinding] = []
        if !inventory.gpus.isEmpty {
            findings.append(
                GPUFinding(
                    .fine,
                    "containers with GPUs get \(facts.memorySize >> 21) MiB of shared memory",
                    why: "NCCL and data loaders need more than docker's 64 MiB; `--shm-size` says otherwise"
                )
            )
        }
        let canRaise =
            !facts.inUserNamespace && Capability.set(mask: facts.effectiveCapabilities).contains(.sysResource)
        if !canRaise, locked < 1 << 30 {
            findings.append(
                GPUFinding(
                    inventory.fabric.isEmpty ? .note : .likely,
                    "containers may lock \(locked >> 10) KiB of memory at most",
                    why:
                        "raising the limit needs CAP_SYS_RESOURCE, which llmbox lacks here; RDMA and pinned memory may fail"
                        + " with `cannot allocate memory`",
                    remedy: "raise `memlock` in /etc/security/limits.d, or `LimitMEMLOCK` of the service"
                )
            )
        }
        return findings
    }
}
