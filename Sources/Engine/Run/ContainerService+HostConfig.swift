internal import ContainerRuntime
internal import LaunchPlanning
internal import LaunchProtocol

extension ContainerService {
    /// What the container may use of the host, and how it is separated from it.
    static func hostView(
        _ record: ContainerRecord,
        _ plan: LaunchPlan,
        _ options: CreationOptions
    ) -> ContainerInspection.HostSettings {
        let limits = record.limits
        var retries = 0
        if case .onFailure(let maximum) = record.restartPolicy { retries = maximum ?? 0 }
        let policy = record.restartPolicy.description.split(separator: ":").first.map(String.init) ?? "no"
        let cpus = limits.cpuQuota.map { $0 * 1_000_000_000 / Int64(limits.cpuPeriod) } ?? 0
        return .init(
            Binds: record.mounts.filter { $0.type != "tmpfs" }.map {
                "\($0.name ?? $0.source):\($0.destination)\($0.writable ? "" : ":ro")"
            },
            NetworkMode: record.network.displayName,
            PortBindings: bindings(record.network.ports),
            RestartPolicy: .init(Name: policy, MaximumRetryCount: retries),
            AutoRemove: record.autoRemove,
            Memory: limits.memory ?? 0,
            MemorySwap: limits.memoryAndSwap ?? (limits.memory ?? 0) * 2,
            MemoryReservation: limits.memoryReservation ?? 0,
            NanoCpus: cpus,
            CpuShares: limits.cpuShares ?? 0,
            CpusetCpus: limits.cpusetCPUs ?? "",
            CpusetMems: limits.cpusetMemoryNodes ?? "",
            PidsLimit: limits.pids ?? 0,
            ReadonlyRootfs: plan.operations.contains(.makeRootReadOnly),
            Init: plan.command.supervised,
            LogConfig: Self.logView(record.log),
            CpuPeriod: limits.cpuQuota == nil ? 0 : limits.cpuPeriod,
            CpuQuota: limits.cpuQuota ?? 0,
            Privileged: record.isPrivileged == true,
            PublishAllPorts: record.publishesAll == true,
            ContainerIDFile: options.containerIDFile,
            ExtraHosts: record.network.extraHosts.map(HostLine.dockerForm),
            CapAdd: options.addedCapabilities,
            CapDrop: options.droppedCapabilities,
            SecurityOpt: options.securityOptions,
            Devices: options.devices.map {
                .init(PathOnHost: $0.source, PathInContainer: $0.destination, CgroupPermissions: $0.access)
            },
            DeviceRequests: options.gpus.map { .init(Driver: "", Options: ["gpus": $0]) },
            Ulimits: options.ulimits.map { .init(Name: $0.name, Soft: $0.soft, Hard: $0.hard) },
            GroupAdd: options.groups,
            Dns: options.dns,
            DnsSearch: options.dnsSearch,
            DnsOptions: options.dnsOptions,
            Sysctls: options.sysctls,
            Tmpfs: options.tmpfs,
            IpcMode: options.ipc,
            PidMode: options.pid,
            UTSMode: options.uts,
            UsernsMode: options.userNamespace,
            IDMappings: record.userMappings.map {
                .init(UidMap: $0.map(Self.text), GidMap: (record.groupMappings ?? []).map(Self.text))
            },
            ShmSize: options.sharedMemory,
            OomScoreAdj: options.oomScoreAdj,
            MaskedPaths: plan.operations.compactMap { if case .maskPath(let path) = $0 { path } else { nil } },
            ReadonlyPaths: plan.operations.compactMap {
                if case .makePathReadOnly(let path) = $0 { path } else { nil }
            },
            Runtime: record.runtime?.name ?? "llmbox",
            CgroupParent: record.cgroupParent ?? "",
            CgroupnsMode: options.cgroupNamespace,
            Annotations: options.annotations,
            BlkioWeight: limits.blockWeight ?? 0,
            DeviceCgroupRules: options.deviceRules,
            OomKillDisable: options.disablesOutOfMemoryKill,
            MemorySwappiness: options.swappiness,
            VolumesFrom: options.volumesFrom,
            CpuRealtimePeriod: limits.value(of: "cpu.rt_period_us"),
            CpuRealtimeRuntime: limits.value(of: "cpu.rt_runtime_us")
        )
    }

    private static func text(_ row: IDMapping) -> String { "\(row.inside):\(row.outside):\(row.count)" }
}

extension ResourceLimits {
    /// What was asked for of a control file that only version 1 has.
    fileprivate func value(of file: String) -> Int64? {
        (controls ?? []).first { $0.legacyFile == file }.flatMap { Int64($0.value) }
    }
}
