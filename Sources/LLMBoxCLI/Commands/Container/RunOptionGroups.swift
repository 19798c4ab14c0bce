internal import ArgumentParser
internal import Engine

/// What a container may use.
struct LimitOptionGroup: ParsableArguments {
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
    @Option(name: .long, help: "Limit of the process, as NAME=SOFT[:HARD].") var ulimit: [String] = []
    @Option(name: .long, parsing: .unconditional, help: "Adjustment of the out-of-memory score, -1000 to 1000.")
    var oomScoreAdj: Int?

    func validate() throws {
        if let oomScoreAdj, !(-1000...1000).contains(oomScoreAdj) {
            throw ValidationError("`--oom-score-adj` is a number from -1000 to 1000")
        }
    }

    func apply(to flags: inout RunFlags) {
        flags.memory = memory
        flags.memorySwap = memorySwap
        flags.memoryReservation = memoryReservation
        flags.cpus = cpus
        flags.cpuPeriod = cpuPeriod
        flags.cpuQuota = cpuQuota
        flags.cpuShares = cpuShares
        flags.cpusetCPUs = cpusetCPUs
        flags.cpusetMems = cpusetMems
        flags.pidsLimit = pidsLimit
        flags.ulimits = ulimit
        flags.oomScoreAdj = oomScoreAdj
    }
}

/// What separates a container from the host.
struct IsolationOptionGroup: ParsableArguments {
    @Option(name: .long, help: "Add a capability.") var capAdd: [String] = []
    @Option(name: .long, help: "Drop a capability.") var capDrop: [String] = []
    @Option(
        name: .long,
        help: "no-new-privileges, seccomp=, systempaths=unconfined, mask=, unmask=, apparmor= or label=."
    )
    var securityOpt: [String] = []
    @Flag(name: .long, help: "Give every right that llmbox has.") var privileged = false
    @Option(name: .long, help: "Device PATH[:PATH INSIDE][:rwm], or VENDOR/CLASS=NAME.") var device: [String] = []
    @Option(name: .long, help: "Kernel parameter NAME=VALUE.") var sysctl: [String] = []
    @Option(name: .long, help: "IPC namespace: private, shareable, host, none or container:NAME.") var ipc: String?
    @Option(name: .long, help: "Process namespace: host or container:NAME.") var pid: String?
    @Option(name: .long, help: "Host name namespace: host or container:NAME.") var uts: String?

    func apply(to flags: inout RunFlags) {
        flags.addedCapabilities = capAdd
        flags.droppedCapabilities = capDrop
        flags.securityOptions = securityOpt
        flags.isPrivileged = privileged
        flags.devices = device
        flags.sysctls = sysctl
        flags.ipc = ipc
        flags.pid = pid
        flags.uts = uts
    }
}

/// How a container's health is examined.
struct HealthOptionGroup: ParsableArguments {
    @Option(name: .long, help: "Command that examines the health.") var healthCmd: String?
    @Option(name: .long, help: "Time between two examinations.") var healthInterval: String?
    @Option(name: .long, help: "Time that one may take.") var healthTimeout: String?
    @Option(name: .long, help: "Time in which failures do not count.") var healthStartPeriod: String?
    @Option(name: .long, help: "Time between two examinations in that time.") var healthStartInterval: String?
    @Option(name: .long, help: "What an unhealthy container gets: none, kill, restart or stop.")
    var healthOnFailure: String?
    @Option(name: .long, help: "Failures in a row that count.") var healthRetries: Int?
    @Flag(name: .long, help: "Do not examine the health.") var noHealthcheck = false

    func apply(to flags: inout RunFlags) {
        flags.healthCommand = healthCmd
        flags.healthInterval = healthInterval
        flags.healthTimeout = healthTimeout
        flags.healthStartPeriod = healthStartPeriod
        flags.healthStartInterval = healthStartInterval
        flags.healthOnFailure = healthOnFailure
        flags.healthRetries = healthRetries
        flags.noHealthCheck = noHealthcheck
    }
}
