internal import ArgumentParser
internal import Engine
internal import OCIModel

/// `llmbox runtime update`.
struct RuntimeUpdateCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change the limits of a running container."
    )

    @Option(name: .shortAndLong, help: "A file of resources as in config.json, - for standard input.")
    var resources: String?
    @Option(help: "Bytes of memory; -1 is unlimited.") var memory: String?
    @Option(name: .customLong("memory-reservation"), help: "The soft limit of memory.") var memoryReservation: String?
    @Option(name: .customLong("memory-swap"), help: "Memory and swap together; -1 is unlimited.") var memorySwap:
        String?
    @Option(name: .customLong("cpu-period"), help: "Microseconds of a period.") var cpuPeriod: UInt64?
    @Option(name: .customLong("cpu-quota"), help: "Microseconds of CPU time in a period.") var cpuQuota: Int64?
    @Option(name: .customLong("cpu-share"), help: "The share relative to others.") var cpuShare: UInt64?
    @Option(name: .customLong("cpu-burst"), help: "Microseconds that may be saved up.") var cpuBurst: UInt64?
    @Option(name: .customLong("cpu-idle"), help: "1 for work that gets only what nobody else wants.") var cpuIdle:
        Int64?
    @Option(name: .customLong("cpu-rt-period"), help: "Microseconds of a period of real-time work.")
    var realtimePeriod: UInt64?
    @Option(name: .customLong("cpu-rt-runtime"), help: "Microseconds of real-time work in a period.")
    var realtimeRuntime: Int64?
    @Option(name: .customLong("cpuset-cpus"), help: "The CPUs, as 0-2,4.") var cpusetCPUs: String?
    @Option(name: .customLong("cpuset-mems"), help: "The memory nodes.") var cpusetMemoryNodes: String?
    @Option(name: .customLong("pids-limit"), help: "How many processes there may be.") var pidsLimit: Int64?
    @Option(name: .customLong("blkio-weight"), help: "The weight of block device access.") var blockWeight: UInt16?
    @Option(name: .customLong("l3-cache-schema"), help: "The share of the processors' caches, as `L3:0=ff;1=ff`.")
    var cacheSchema: String?
    @Option(name: .customLong("mem-bw-schema"), help: "The share of the memory's bandwidth, as `MB:0=50;1=50`.")
    var bandwidthSchema: String?
    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws {
        // First, because it is refused where there is no class of caches, and then nothing is to be changed.
        try service.updateCaches(id, caches: cacheSchema, memory: bandwidthSchema)
        try service.update(id, try resources.map(RuntimeService.readResources) ?? fromOptions())
    }

    private func fromOptions() throws -> LinuxResources {
        var resources = LinuxResources()
        var limits = LinuxMemory()
        limits.limit = try memory.map { (text) throws in try RuntimeService.byteCount(text, option: "--memory") }
        limits.reservation = try memoryReservation.map { (text) throws in
            try RuntimeService.byteCount(text, option: "--memory-reservation")
        }
        limits.swap = try memorySwap.map { (text) throws in
            try RuntimeService.byteCount(text, option: "--memory-swap")
        }
        if limits != LinuxMemory() { resources.memory = limits }
        var cpu = LinuxCPU()
        cpu.period = cpuPeriod
        cpu.quota = cpuQuota
        cpu.shares = cpuShare
        cpu.burst = cpuBurst
        cpu.idle = cpuIdle
        cpu.realtimePeriod = realtimePeriod
        cpu.realtimeRuntime = realtimeRuntime
        cpu.cpus = cpusetCPUs
        cpu.mems = cpusetMemoryNodes
        if cpu != LinuxCPU() { resources.cpu = cpu }
        resources.pids = pidsLimit.map { LinuxPids(limit: $0) }
        if let blockWeight {
            var io = LinuxBlockIO()
            io.weight = blockWeight
            resources.blockIO = io
        }
        return resources
    }
}
