internal import ContainerRuntime
internal import GPUHost
internal import GPUPlanning
internal import Glibc
internal import LinuxKernel
internal import OCIModel

/// Notices that a running container cannot use its GPUs any more.
///
/// A driver that was unloaded or replaced has another version or none; its nodes may have other numbers, for which the
/// container has no rule; a GPU that is gone from the list fell off the bus; some faults leave a GPU useless; and a
/// program of the host's may have rewritten the rules of the container's control group.
final class DeviceLossWatch {
    private let directory: ContainerDirectory
    private let probe: GPUProbe
    private let rules: [LinuxDeviceRule]
    private let before: String
    private let addresses: Set<BusAddress>
    private let log: KernelLog?

    /// Looks for the first time; nil for a container without GPUs, or where there is nothing to see.
    init?(_ directory: ContainerDirectory, environment: (String) -> String?) {
        // No file, no devices.
        guard let document = try? DevicePlacement.document(of: directory), document.wishes.wantsGPU else { return nil }
        probe = GPUProbe(environment: environment)
        // Nothing to see, nothing to lose.
        guard let inventory = try? probe.inventory(findsFiles: false) else { return nil }
        self.directory = directory
        rules = document.rules
        before = Self.text(of: inventory)
        let granted = inventory.gpus(of: .nvidia).filter { gpu in
            let major = Int64(gpu.node?.major ?? inventory.majors["nvidia"] ?? 195)
            return document.rules.contains { $0.major == major && $0.minor == Int64(gpu.minor) }
        }
        addresses = Set(granted.compactMap(\.address))
        log = addresses.isEmpty ? nil : KernelLog(hostRoot: probe.hostRoot, fromNow: true)
    }

    /// What has been lost since the first look; nil for nothing.
    func loss() -> String? {
        for fault in log?.faults() ?? [] where fault.isFatal && addresses.contains(fault.address) {
            return "the GPU at \(fault.address) failed: Xid \(fault.number), \(fault.meaning)"
        }
        // A machine that cannot be looked at just now has lost nothing.
        if let inventory = try? probe.inventory(findsFiles: false), Self.text(of: inventory) != before {
            return "the container has lost its GPU: the driver was reloaded or replaced, or a GPU is gone"
        }
        if isRuleGone {
            return "the container has lost its GPU: somebody has taken the rules for its nodes out of its control group"
        }
        return nil
    }

    private static func text(of inventory: GPUInventory) -> String {
        let nodes = inventory.controlNodes + inventory.gpus.compactMap(\.node)
        let parts =
            [inventory.driverVersion?.description ?? "no driver"]
            + nodes.map { "\($0.path) \($0.major):\($0.minor)" }.sorted()
            + inventory.gpus.map { $0.address?.description ?? "\($0.minor)" }.sorted()
        return parts.joined(separator: "\n")
    }

    /// Whether a rule is missing in the list of version 1; the programs of version 2 can be taken away by nobody.
    private var isRuleGone: Bool {
        // A container that is just going has no groups, and nothing to lose.
        guard let state = try? directory.state(), state.isRunning else { return false }
        for group in state.cgroups {
            guard access(group + "/devices.list", F_OK) == 0,
                let text = try? FileIO.readText(path: group + "/devices.list")  // it went this instant
            else { continue }
            let lines = text.split(separator: "\n")
            if text.isEmpty || lines.contains(where: { $0.hasPrefix("a ") }) { continue }
            return rules.contains { rule in
                guard let major = rule.major, let minor = rule.minor, let type = rule.type else { return false }
                return !lines.contains { line in
                    let words = line.split(separator: " ")
                    return words.count == 3 && words[0] == type
                        && ["\(major):\(minor)", "\(major):*"].contains(String(words[1])) && words[2].contains("r")
                }
            }
        }
        return false
    }
}
