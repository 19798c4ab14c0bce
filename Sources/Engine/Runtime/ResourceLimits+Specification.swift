internal import ContainerRuntime
internal import OCIModel

extension ResourceLimits {
    /// What the control groups of a runtime specification enforce, word for word.
    init(_ resources: LinuxResources, devices: [LinuxDevice]) {
        self.init()
        isVerbatim = true
        memory = resources.memory?.limit
        memoryAndSwap = resources.memory?.swap
        memoryReservation = resources.memory?.reservation
        cpuQuota = resources.cpu?.quota
        if let period = resources.cpu?.period, period > 0 { cpuPeriod = period }
        cpuShares = resources.cpu?.shares.flatMap { $0 == 0 ? nil : $0 }
        cpusetCPUs = resources.cpu?.cpus.flatMap { $0.isEmpty ? nil : $0 }
        cpusetMemoryNodes = resources.cpu?.mems.flatMap { $0.isEmpty ? nil : $0 }
        pids = resources.pids.flatMap { $0.limit == 0 ? nil : $0.limit }
        blockWeight = resources.blockIO?.weight.flatMap { $0 == 0 ? nil : $0 }
        self.devices = Self.deviceRules(resources.devices ?? [], devices)
        controls = Self.controls(resources)
    }

    /// The rules as written, between the refusal of everything and the devices that every container has.
    private static func deviceRules(_ rules: [LinuxDeviceRule], _ devices: [LinuxDevice]) -> [DeviceRule] {
        let own = rules.map { rule in
            DeviceRule(
                allows: rule.allow,
                kind: rule.type.flatMap(DeviceRule.Kind.init) ?? .all,
                major: rule.major.flatMap { $0 < 0 ? nil : UInt32(clamping: $0) },
                minor: rule.minor.flatMap { $0 < 0 ? nil : UInt32(clamping: $0) },
                access: rule.access ?? "rwm"
            )
        }
        let nodes = devices.compactMap { device -> DeviceRule? in
            guard let major = device.major, let minor = device.minor, device.type != "p" else { return nil }
            return DeviceRule(
                allows: true,
                kind: device.type == "b" ? .block : .character,
                major: UInt32(clamping: major),
                minor: UInt32(clamping: minor)
            )
        }
        return DeviceRule.standard.prefix(1) + own + DeviceRule.standard.dropFirst() + (rules.isEmpty ? nodes : [])
    }

    private static func controls(_ resources: LinuxResources) -> [CgroupControl] {
        var controls: [CgroupControl] = []
        for limit in resources.hugepageLimits ?? [] {
            controls.append(
                CgroupControl(
                    controller: "hugetlb",
                    legacyFile: "hugetlb.\(limit.pageSize).limit_in_bytes",
                    unifiedFile: "hugetlb.\(limit.pageSize).max",
                    value: "\(limit.limit)",
                    limit: "huge pages"
                )
            )
        }
        let io = resources.blockIO ?? LinuxBlockIO()
        let rates: [(rates: [LinuxThrottle]?, legacy: String, unified: String)] = [
            (io.throttleReadBpsDevice, "read_bps", "rbps"), (io.throttleWriteBpsDevice, "write_bps", "wbps"),
            (io.throttleReadIOPSDevice, "read_iops", "riops"), (io.throttleWriteIOPSDevice, "write_iops", "wiops"),
        ]
        for (list, legacy, unified) in rates {
            for rate in list ?? [] {
                let device = "\(rate.major):\(rate.minor)"
                // The two versions differ in the value too, so each gets a control of its own.
                controls.append(
                    CgroupControl(
                        controller: "blkio",
                        legacyFile: "blkio.throttle.\(legacy)_device",
                        unifiedFile: nil,
                        value: "\(device) \(rate.rate)",
                        limit: "a block device's rate"
                    )
                )
                controls.append(
                    CgroupControl(
                        controller: "io",
                        legacyFile: nil,
                        unifiedFile: "io.max",
                        value: "\(device) \(unified)=\(rate.rate)",
                        limit: "a block device's rate"
                    )
                )
            }
        }
        if let swappiness = resources.memory?.swappiness {
            controls.append(
                CgroupControl(
                    controller: "memory",
                    legacyFile: "memory.swappiness",
                    unifiedFile: nil,
                    value: "\(swappiness)",
                    limit: "swappiness"
                )
            )
        }
        controls += weights(io)
        controls += processorTime(resources.cpu ?? LinuxCPU())
        if resources.memory?.disableOOMKiller == true {
            // Version 2 knows no such thing; runc leaves it out there as well.
            controls.append(
                CgroupControl(
                    controller: "memory",
                    legacyFile: "memory.oom_control",
                    unifiedFile: nil,
                    value: "1",
                    limit: "the killing of processes"
                )
            )
        }
        if let limit = resources.memory?.kernelTCP {
            controls.append(
                CgroupControl(
                    controller: "memory",
                    legacyFile: "memory.kmem.tcp.limit_in_bytes",
                    unifiedFile: nil,
                    value: "\(limit)",
                    limit: "memory of TCP"
                )
            )
        }
        for priority in resources.network?.priorities ?? [] {
            controls.append(
                CgroupControl(
                    controller: "net_prio",
                    legacyFile: "net_prio.ifpriomap",
                    unifiedFile: nil,
                    value: "\(priority.name) \(priority.priority)",
                    limit: "the network priority"
                )
            )
        }
        for (adapter, limit) in (resources.rdma ?? [:]).sorted(by: { $0.key < $1.key }) {
            let handles = limit.hcaHandles.map(String.init) ?? "max"
            let objects = limit.hcaObjects.map(String.init) ?? "max"
            controls.append(
                CgroupControl(
                    controller: "rdma",
                    legacyFile: "rdma.max",
                    unifiedFile: "rdma.max",
                    value: "\(adapter) hca_handle=\(handles) hca_object=\(objects)",
                    limit: "adapters for remote memory"
                )
            )
        }
        if let mark = resources.network?.classID {
            controls.append(
                CgroupControl(
                    controller: "net_cls",
                    legacyFile: "net_cls.classid",
                    unifiedFile: nil,
                    value: "\(mark)",
                    limit: "the network class"
                )
            )
        }
        for (file, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            let controller = String(file.prefix { $0 != "." })
            controls.append(
                CgroupControl(
                    controller: controller == "cgroup" ? "" : controller,
                    legacyFile: nil,
                    unifiedFile: file,
                    value: value,
                    limit: "`\(file)`"
                )
            )
        }
        return controls
    }

    /// Weights at single devices; the scheduler that has them is BFQ, in both versions.
    private static func weights(_ io: LinuxBlockIO) -> [CgroupControl] {
        var controls: [CgroupControl] = []
        func add(_ legacy: String, _ unified: String?, _ value: String) {
            controls.append(
                CgroupControl(
                    controller: "blkio",
                    legacyFile: legacy,
                    unifiedFile: nil,
                    value: value,
                    limit: "block device weight"
                )
            )
            guard let unified else { return }
            controls.append(
                CgroupControl(
                    controller: "io",
                    legacyFile: nil,
                    unifiedFile: unified,
                    value: value,
                    limit: "block device weight"
                )
            )
        }
        if let weight = io.leafWeight, weight > 0 { add("blkio.leaf_weight", nil, "\(weight)") }
        for device in io.weightDevice ?? [] {
            let name = "\(device.major):\(device.minor)"
            if let weight = device.weight { add("blkio.weight_device", "io.bfq.weight", "\(name) \(weight)") }
            if let weight = device.leafWeight { add("blkio.leaf_weight_device", nil, "\(name) \(weight)") }
        }
        return controls
    }

    private static func processorTime(_ cpu: LinuxCPU) -> [CgroupControl] {
        let rows: [(value: String?, legacy: String?, unified: String?, limit: String)] = [
            (cpu.burst.map(String.init), "cpu.cfs_burst_us", "cpu.max.burst", "saved CPU time"),
            (cpu.idle.map(String.init), "cpu.idle", "cpu.idle", "idle CPU time"),
            (cpu.realtimePeriod.map(String.init), "cpu.rt_period_us", nil, "the period of real-time work"),
            (cpu.realtimeRuntime.map(String.init), "cpu.rt_runtime_us", nil, "real-time work"),
        ]
        return rows.compactMap { row in
            guard let value = row.value else { return nil }
            return CgroupControl(
                controller: "cpu",
                legacyFile: row.legacy,
                unifiedFile: row.unified,
                value: value,
                limit: row.limit
            )
        }
    }
}
