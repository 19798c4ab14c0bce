internal import ArgumentParser
internal import Engine

/// Limits that few command lines have.
struct RareLimitOptionGroup: ParsableArguments {
    @Option(name: .long, help: "Put the container's control groups below this path.") var cgroupParent: String?
    @Option(name: .long, help: "Relative share of block devices, 10 to 1000.") var blkioWeight: UInt16?
    @Option(name: .long, help: "The same for one device, as PATH:WEIGHT.") var blkioWeightDevice: [String] = []
    @Option(name: .long, help: "Bytes a second to read from a device, as PATH:10mb.") var deviceReadBps: [String] = []
    @Option(name: .long, help: "Bytes a second to write to a device.") var deviceWriteBps: [String] = []
    @Option(name: .long, help: "Reads a second from a device, as PATH:1000.") var deviceReadIops: [String] = []
    @Option(name: .long, help: "Writes a second to a device.") var deviceWriteIops: [String] = []
    @Option(name: .long, parsing: .unconditional, help: "How soon memory is swapped out, 0 to 100 (cgroup v1).")
    var memorySwappiness: Int?
    @Flag(name: .long, help: "Let processes wait for memory instead of killing one (cgroup v1).")
    var oomKillDisable = false
    @Option(name: .long, help: "Microseconds of a period of real-time processor time (cgroup v1).")
    var cpuRtPeriod: UInt64?
    @Option(name: .long, parsing: .unconditional, help: "Microseconds to run in each (cgroup v1).")
    var cpuRtRuntime: Int64?

    func apply(to flags: inout RunFlags) {
        flags.rare.cgroupParent = cgroupParent
        flags.rare.blockWeight = blkioWeight
        flags.rare.blockWeightDevices = blkioWeightDevice
        flags.rare.readBytes = deviceReadBps
        flags.rare.writeBytes = deviceWriteBps
        flags.rare.readOperations = deviceReadIops
        flags.rare.writeOperations = deviceWriteIops
        flags.rare.swappiness = memorySwappiness
        flags.rare.disablesOutOfMemoryKill = oomKillDisable
        flags.rare.realTimePeriod = cpuRtPeriod
        flags.rare.realTimeRuntime = cpuRtRuntime
    }
}

/// What separates a container from the host, and few command lines have.
struct RareIsolationOptionGroup: ParsableArguments {
    @Option(name: .long, help: "Another OCI runtime to start the container, such as runc or a path.")
    var runtime: String?
    @Option(name: .long, help: "View of control groups: private or host.") var cgroupns: String?
    @Option(name: .long, help: "Permit devices, as 'c 195:* rw'.") var deviceCgroupRule: [String] = []
    @Option(name: .long, help: "Annotation NAME=VALUE for the runtime.") var annotation: [String] = []
    @Option(name: .long, help: "File of labels.") var labelFile: [String] = []

    func apply(to flags: inout RunFlags) {
        flags.rare.runtime = runtime
        flags.rare.cgroupNamespace = cgroupns
        flags.rare.deviceRules = deviceCgroupRule
        flags.rare.annotations = annotation
        flags.rare.labelFiles = labelFile
    }
}

/// Options of docker's that mean nothing here, or that have a better answer.
struct CompatibilityOptionGroup: ParsableArguments {
    @Flag(name: .long, help: .hidden) var disableContentTrust = false
    @Option(name: .long, help: .hidden) var isolation: String?
    @Option(name: .long, help: .hidden) var volumeDriver: String?
    @Option(name: .long, help: .hidden) var link: [String] = []
    @Option(name: .long, help: .hidden) var storageOpt: [String] = []
    @Option(name: .long, help: .hidden) var kernelMemory: String?
    @Flag(name: .long, help: .hidden) var useApiSocket = false

    func validate() throws {
        if let isolation, !["", "default"].contains(isolation) {
            throw ValidationError("`--isolation \(isolation)` is Windows'; there is `default`")
        }
        if let volumeDriver, !["", "local"].contains(volumeDriver) {
            throw ValidationError("there is no volume driver `\(volumeDriver)`; there is `local`")
        }
        if let link = link.first {
            throw ValidationError(
                "`--link \(link)` is not supported: containers on a network of `llmbox network create` find each other by name"
            )
        }
        if kernelMemory != nil {
            throw ValidationError(
                "`--kernel-memory` is not supported: kernels have no such limit any more, and `-m` counts it"
            )
        }
        if useApiSocket {
            throw ValidationError(
                "`--use-api-socket` is not supported: there is no daemon whose socket could be passed"
            )
        }
        if !storageOpt.isEmpty {
            throw ValidationError("`--storage-opt` is not supported: a container's layer has no limit of its own")
        }
    }
}
