internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel

/// What the command line of `update` says.
public struct UpdateFlags: Sendable {
    /// The limits, as `run` has them; whatever is not given stays as it is.
    public var limits = RunFlags(image: "")
    /// The value of `--restart`.
    public var restart: String?

    /// Changes nothing.
    public init() {}
}

extension ContainerService {
    /// Gives a container another name.
    public func rename(_ reference: String, to name: String) throws {
        let directory = try find(reference)
        let old = try directory.record().name
        let new = name.hasPrefix("/") ? String(name.dropFirst()) : name
        if new == old { throw RunError.sameName(old) }
        try ContainerControl.rename(directory, in: containers, to: new)
        containers.events.append(ContainerEvent("rename", of: try directory.record(), ["oldName": "/" + old]))
    }

    /// Changes limits and restart policy of a container, at once where it runs.
    ///
    /// - Parameters:
    ///   - reference: the container.
    ///   - flags: what is to change.
    /// - Throws: ``ArgumentError``, and where the kernel refuses a limit its own words; nothing is stored then.
    public func update(_ reference: String, _ flags: UpdateFlags) throws {
        let directory = try find(reference)
        let record = try directory.record()
        var wanted = flags.limits
        // A limit on memory and swap includes the memory, given now or before.
        if wanted.memorySwap != nil, wanted.memory == nil { wanted.memory = record.limits.memory.map(String.init) }
        let request = try RunRequest(wanted, environment: environment)
        let facts = try HostFacts.probe()
        try checkLegacyOptions(request, facts)
        try checkProcessors(wanted, facts)
        let change = request.limits
        let policy = try flags.restart.map(RunRequest.restartPolicy)
        if let policy, policy != .no, record.autoRemove { throw ArgumentError.conflict("`--rm`", "`--restart`") }
        var limits = record.limits
        limits.take(change)
        if let memory = limits.memory, let total = limits.memoryAndSwap, total != -1, memory > total {
            throw ArgumentError.invalid(
                option: "-m",
                value: flags.limits.memory ?? "",
                why: "it is more than the limit on memory and swap; change `--memory-swap` as well"
            )
        }
        let state = try directory.state()
        if state.isRunning, limits != record.limits {
            let layout = try CgroupLayout.probe()
            let groups = CgroupSet(directories: state.cgroups, layout: layout)
            let changed = try groups.changed(
                to: limits,
                id: record.id,
                layout: layout,
                parent: record.cgroupParent ?? CgroupSet.defaultParent
            )
            try directory.updateState { if $0.isRunning { $0.cgroups = changed.directories } }
        }
        let updated = try containers.updateRecord(of: directory) { record in
            record.limits = limits
            if let policy { record.restartPolicy = policy }
        }
        containers.events.append(ContainerEvent("update", of: updated))
    }
}

extension ResourceLimits {
    /// Takes over what `change` says.
    fileprivate mutating func take(_ change: ResourceLimits) {
        if let memory = change.memory { self.memory = memory }
        if let total = change.memoryAndSwap { memoryAndSwap = total }
        if let reservation = change.memoryReservation { memoryReservation = reservation }
        if let quota = change.cpuQuota {
            cpuQuota = quota
            cpuPeriod = change.cpuPeriod
        }
        if let shares = change.cpuShares { cpuShares = shares }
        if let cpus = change.cpusetCPUs { cpusetCPUs = cpus }
        if let nodes = change.cpusetMemoryNodes { cpusetMemoryNodes = nodes }
        if let pids = change.pids { self.pids = pids }
        if let weight = change.blockWeight { blockWeight = weight }
        for control in change.controls ?? [] {
            controls =
                (controls ?? []).filter {
                    ($0.legacyFile, $0.unifiedFile) != (control.legacyFile, control.unifiedFile)
                } + [control]
        }
    }
}
