internal import LinuxKernel

/// What to make and write for a container's limits: computed from the layout alone, and compared by tests.
///
/// A cgroup costs time at each start, so hierarchies are used only where they serve:
/// - `memory` always, because its counters tell that the kernel killed a process for lack of memory;
/// - `devices` (or its cgroup2 program) unless every device is allowed;
/// - cgroup2 wherever it is mounted, even without controllers: it kills and freezes a whole tree at once and counts CPU
///   time. Where it is missing, `freezer` and `cpuacct` do that;
/// - all others only for a limit that was asked for.
struct CgroupPlan: Equatable {
    /// A value for a control file.
    struct Setting: Equatable {
        var file: String
        var value: String
        /// The limit in the user's words; nil for what was not asked for, whose refusal is no error.
        var limit: String?
    }

    /// Directories of v1 hierarchies.
    var legacy: [String] = []
    /// The directory of cgroup2.
    var unified: String?
    /// The controllers to enable on the way to `unified`, with the limit that needs each; nil when none does.
    var enabled: [String: String?] = [:]
    /// What to write, in order.
    var settings: [Setting] = []
    /// Parents of cpuset directories must have CPUs and memory nodes before a child can.
    var cpuset: String?
    /// The rules to load as a cgroup2 program; empty where v1 has them as settings, or none apply.
    var deviceProgram: [DeviceRule] = []

    /// Plans the cgroups of the container `leaf`, a path relative to each hierarchy's root such as `llmbox/<id>`.
    ///
    /// `unifiedControllers` is what `cgroup.controllers` says at the root of cgroup2.
    init(
        leaf: String,
        limits: ResourceLimits,
        layout: CgroupLayout,
        unifiedControllers: Set<String> = []
    ) throws(CgroupError) {
        if let root = layout.unifiedMountPoint { unified = "\(root)/\(leaf)" }
        if layout.isDelegated {
            var limits = limits
            // Guarding devices takes root; and nobody else can make a device node that works.
            limits.devices = nil
            do throws(CgroupError) {
                try planUnified(limits, unifiedControllers)
            } catch {
                guard case .controllerMissing(let controller, let limit) = error else { throw error }
                throw .notDelegated(controller, limit: limit)
            }
        } else if layout.hierarchies.isEmpty {
            try planUnified(limits, unifiedControllers)
        } else {
            try planLegacy(leaf, limits, layout)
        }
    }

    private mutating func planLegacy(
        _ leaf: String,
        _ limits: ResourceLimits,
        _ layout: CgroupLayout
    ) throws(CgroupError) {
        var required: [(controller: String, limit: String?)] = [("memory", nil)]
        if limits.memory != nil || limits.memoryAndSwap != nil || limits.memoryReservation != nil {
            required[0].limit = "memory"
        }
        if limits.devices != nil { required.append(("devices", "devices")) }
        if layout.unifiedMountPoint == nil { required += [("freezer", nil), ("cpuacct", nil)] }
        if limits.cpuQuota != nil || limits.cpuShares != nil { required.append(("cpu", "CPU time")) }
        if limits.cpusetCPUs != nil || limits.cpusetMemoryNodes != nil { required.append(("cpuset", "CPUs")) }
        if let pids = limits.pids, pids > 0 { required.append(("pids", "processes")) }
        if limits.blockWeight != nil { required.append(("blkio", "block device weight")) }
        for control in limits.controls ?? [] where control.legacyFile != nil {
            required.append((control.controller, control.limit))
        }
        if limits.isVerbatim == true {
            for hierarchy in layout.hierarchies {
                required += hierarchy.controllers.map { ($0, nil) }
                if hierarchy.controllers.isEmpty { legacy.append("\(hierarchy.mountPoint)/\(leaf)") }
            }
        }
        var directories: [String: String] = [:]
        for (controller, limit) in required {
            guard let root = layout.hierarchy(of: controller)?.mountPoint else {
                if let limit { throw .controllerMissing(controller, limit: limit) }
                continue
            }
            let directory = "\(root)/\(leaf)"
            directories[controller] = directory
            if !legacy.contains(directory) { legacy.append(directory) }
        }
        cpuset = directories["cpuset"]
        let add = { (plan: inout CgroupPlan, controller: String, file: String, value: String?, limit: String?) in
            guard let value, let directory = directories[controller] else { return }
            plan.settings.append(Setting(file: "\(directory)/\(file)", value: value, limit: limit))
        }
        for rule in limits.devices ?? [] {
            add(&self, "devices", rule.allows ? "devices.allow" : "devices.deny", rule.line, "devices")
        }
        add(&self, "memory", "memory.limit_in_bytes", limits.memory.map(String.init), "memory")
        if let swap = limits.effectiveMemoryAndSwap {
            // Without swap accounting the file is missing; only who asked for a swap limit is told.
            add(
                &self,
                "memory",
                "memory.memsw.limit_in_bytes",
                String(swap),
                limits.memoryAndSwap == nil ? nil : "memory and swap"
            )
        }
        add(&self, "memory", "memory.soft_limit_in_bytes", limits.memoryReservation.map(String.init), "reserved memory")
        if let quota = limits.cpuQuota {
            add(&self, "cpu", "cpu.cfs_period_us", String(limits.cpuPeriod), "CPU time")
            add(&self, "cpu", "cpu.cfs_quota_us", String(quota), "CPU time")
        }
        add(&self, "cpu", "cpu.shares", limits.cpuShares.map(String.init), "CPU shares")
        add(&self, "cpuset", "cpuset.cpus", limits.cpusetCPUs, "CPUs")
        add(&self, "cpuset", "cpuset.mems", limits.cpusetMemoryNodes, "memory nodes")
        add(&self, "pids", "pids.max", limits.pids.map(String.init), "processes")
        add(&self, "blkio", "blkio.weight", limits.blockWeight.map(String.init), "block device weight")
        for control in limits.controls ?? [] {
            if let file = control.legacyFile { add(&self, control.controller, file, control.value, control.limit) }
        }
    }

    private mutating func planUnified(_ limits: ResourceLimits, _ controllers: Set<String>) throws(CgroupError) {
        guard let unified else {
            if let limit = limits.firstLimit { throw .controllerMissing(limit.controller, limit: limit.name) }
            return
        }
        let enable = { (plan: inout CgroupPlan, controller: String, limit: String?) throws(CgroupError) in
            if controllers.contains(controller) {
                if limit != nil || plan.enabled[controller] == nil { plan.enabled[controller] = .some(limit) }
            } else if let limit {
                throw .controllerMissing(controller, limit: limit)
            }
        }
        let add = { (plan: inout CgroupPlan, file: String, value: String?, limit: String?) in
            if let value { plan.settings.append(Setting(file: "\(unified)/\(file)", value: value, limit: limit)) }
        }
        let limitsMemory = limits.memory != nil || limits.memoryAndSwap != nil || limits.memoryReservation != nil
        try enable(&self, "memory", limitsMemory ? "memory" : nil)
        try enable(&self, "pids", limits.pids.map { $0 > 0 } == true ? "processes" : nil)
        add(&self, "memory.max", limits.memory.map { $0 < 0 ? "max" : String($0) }, "memory")
        if let total = limits.effectiveMemoryAndSwap {
            // v2 counts swap by itself. Kernels without swap have no such file.
            let swap = total < 0 ? "max" : String(max(0, total - max(0, limits.memory ?? 0)))
            add(&self, "memory.swap.max", swap, limits.memoryAndSwap == nil ? nil : "memory and swap")
        }
        add(&self, "memory.low", limits.memoryReservation.map(String.init), "reserved memory")
        if let pids = limits.pids, pids > 0 { add(&self, "pids.max", String(pids), "processes") }
        if limits.cpuQuota != nil || limits.cpuShares != nil { try enable(&self, "cpu", "CPU time") }
        if let quota = limits.cpuQuota {
            add(&self, "cpu.max", "\(quota < 0 ? "max" : String(quota)) \(limits.cpuPeriod)", "CPU time")
        }
        // The kernel's own mapping of 2…262144 onto 1…10000, as runc and crun do it.
        add(
            &self,
            "cpu.weight",
            limits.cpuShares.map { String(1 + (min(max(2, $0), 262_144) - 2) * 9999 / 262_142) },
            "CPU shares"
        )
        if limits.cpusetCPUs != nil || limits.cpusetMemoryNodes != nil { try enable(&self, "cpuset", "CPUs") }
        add(&self, "cpuset.cpus", limits.cpusetCPUs, "CPUs")
        add(&self, "cpuset.mems", limits.cpusetMemoryNodes, "memory nodes")
        if let weight = limits.blockWeight {
            try enable(&self, "io", "block device weight")
            add(&self, "io.weight", String(1 + (max(10, Int(weight)) - 10) * 9999 / 990), "block device weight")
        }
        for control in limits.controls ?? [] {
            guard let file = control.unifiedFile else { continue }
            if !control.controller.isEmpty { try enable(&self, control.controller, control.limit) }
            add(&self, file, control.value, control.limit)
        }
        deviceProgram = limits.devices ?? []
    }
}

extension ResourceLimits {
    /// Twice the memory where only memory was limited, as Docker has it; nil is no limit.
    var effectiveMemoryAndSwap: Int64? {
        if isVerbatim == true { return memoryAndSwap }
        return memoryAndSwap ?? memory.map { $0.multipliedReportingOverflow(by: 2).overflow ? -1 : $0 * 2 }
    }

    /// Some limit that was asked for, with the controller that would enforce it.
    var firstLimit: (controller: String, name: String)? {
        if memory != nil || memoryAndSwap != nil || memoryReservation != nil { return ("memory", "memory") }
        if cpuQuota != nil || cpuShares != nil { return ("cpu", "CPU time") }
        if let pids, pids > 0 { return ("pids", "processes") }
        if cpusetCPUs != nil || cpusetMemoryNodes != nil { return ("cpuset", "CPUs") }
        if blockWeight != nil { return ("io", "block device weight") }
        return nil
    }
}
