internal import ArgumentParser
internal import Engine

/// The command `llmbox update`.
struct UpdateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change limits and restart policy of containers, at once where they run."
    )

    @Option(name: [.customShort("m", allowingJoined: true), .long], help: "Memory, such as 512m.") var memory: String?
    @Option(name: .long, parsing: .unconditional, help: "Memory and swap together; -1 is unlimited.")
    var memorySwap: String?
    @Option(name: .long, help: "Memory that is left to the container when memory is short.")
    var memoryReservation: String?
    @Option(name: .long, help: "Number of processors, such as 1.5.") var cpus: String?
    @Option(name: [.customShort("c", allowingJoined: true), .long], help: "Relative share of the processors.")
    var cpuShares: UInt64?
    @Option(name: .long, help: "Microseconds of a period of processor time.") var cpuPeriod: UInt64?
    @Option(name: .long, parsing: .unconditional, help: "Microseconds to run in each period; -1 is unlimited.")
    var cpuQuota: Int64?
    @Option(name: .customLong("cpuset-cpus"), help: "Processors to run on, such as 0-3.") var cpusetCPUs: String?
    @Option(name: .long, help: "Memory nodes to use.") var cpusetMems: String?
    @Option(name: .long, parsing: .unconditional, help: "Number of tasks; -1 is unlimited.") var pidsLimit: Int64?
    @Option(name: .long, help: "Relative share of block devices, 10 to 1000.") var blkioWeight: UInt16?
    @Option(name: .long, help: "Microseconds of a period of real-time processor time (cgroup v1).")
    var cpuRtPeriod: UInt64?
    @Option(name: .long, parsing: .unconditional, help: "Microseconds to run in each (cgroup v1).")
    var cpuRtRuntime: Int64?
    @Option(name: .long, help: "Restart policy: no, on-failure[:N], always, unless-stopped.") var restart: String?
    @Argument(help: "The containers.") var containers: [String]

    func validate() throws {
        let given: [Any?] = [
            memory, memorySwap, memoryReservation, cpus, cpuShares, cpuPeriod, cpuQuota, cpusetCPUs, cpusetMems,
            pidsLimit, blkioWeight, cpuRtPeriod, cpuRtRuntime, restart,
        ]
        if given.allSatisfy({ $0 == nil }) { throw ValidationError("nothing is to change: an option is missing") }
    }

    func run() throws {
        var flags = UpdateFlags()
        flags.limits.memory = memory
        flags.limits.memorySwap = memorySwap
        flags.limits.memoryReservation = memoryReservation
        flags.limits.cpus = cpus
        flags.limits.cpuShares = cpuShares
        flags.limits.cpuPeriod = cpuPeriod
        flags.limits.cpuQuota = cpuQuota
        flags.limits.cpusetCPUs = cpusetCPUs
        flags.limits.cpusetMems = cpusetMems
        flags.limits.pidsLimit = pidsLimit
        flags.limits.rare.blockWeight = blkioWeight
        flags.limits.rare.realTimePeriod = cpuRtPeriod
        flags.limits.rare.realTimeRuntime = cpuRtRuntime
        flags.restart = restart
        try ContainerAccess.forEach(containers) { service, container in
            try service.update(container, flags)
            return nil
        }
    }
}
