internal import ContainerRuntime
internal import Diagnostics
internal import GPUHost
internal import GPUPlanning
internal import Glibc

extension ContainerService {
    /// The time that a driver gets to give back what a container had.
    private static let patience = Duration.seconds(5)

    /// Says when GPUs still hold memory of containers that were stopped a moment ago.
    ///
    /// The processes are gone by then. A driver that keeps their memory needs some time for it, or is stuck; the next
    /// container would meet `out of memory` without a word why.
    /// The ids are those of containers that had GPUs before they were stopped.
    func reportHeldMemory(_ ids: Set<String>) {
        if ids.isEmpty { return }
        let service = GPUService(environment: environment)
        // A machine that cannot be looked at has nothing to say.
        guard let inventory = try? service.inventory() else { return }
        let end = ContinuousClock.now + Self.patience
        while true {
            let held = service.readings(inventory).compactMap { reading -> HeldMemory? in
                let processes = reading.processes.filter { Self.isLeft($0.id, of: ids) }
                if processes.isEmpty { return nil }
                return HeldMemory(
                    gpu: reading.index,
                    bytes: processes.compactMap(\.memory).reduce(0, +),
                    processes: processes.map(\.id)
                )
            }
            if held.isEmpty { return }
            if ContinuousClock.now >= end {
                for entry in held { warn(entry) }
                return
            }
            usleep(300_000)
        }
    }

    /// Whether what a GPU knows of a process is left over: it has ended, or is stuck in a container that was stopped.
    private static func isLeft(_ process: Int32, of ids: Set<String>) -> Bool {
        // Numbers of another machine's processes, as in a sandbox, mean nothing here; 0 is one of them.
        guard process > 0 else { return false }
        if access("/proc/\(process)", F_OK) != 0 { return true }
        return GPUService.container(of: process).map(ids.contains) ?? false
    }

    /// Whether a container has GPUs by its own wish.
    func hasGPU(_ directory: ContainerDirectory) -> Bool {
        // One whose wishes cannot be read is treated as one that has none.
        (try? DevicePlacement.document(of: directory))?.wishes.wantsGPU == true
    }
}

/// Memory of a GPU that nobody uses and that is not free.
struct HeldMemory: Explainable {
    let gpu: Int
    let bytes: UInt64
    let processes: [Int32]

    var what: String { "GPU \(gpu) still holds \(bytes >> 20) MiB of a process that has ended" }
    var why: String? {
        "the driver lists \(processes.map(String.init).joined(separator: ", ")), and has not given the memory back yet"
    }
    var remedy: String? {
        "see `llmbox gpu ps`; where it stays, `nvidia-smi --gpu-reset -i \(gpu)` while nothing uses it"
    }
}
