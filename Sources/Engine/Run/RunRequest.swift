internal import ContainerRuntime
internal import DeviceInterface
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// What a user asked for about one container, understood and checked as far as that is possible without its image.
struct RunRequest: Sendable {
    var flags: RunFlags
    var options = ContainerOptions()
    var mounts: [ContainerMount] = []
    var ports: [PublishedPort] = []
    var network = NetworkWish()
    var devices: [DeviceArgument] = []
    /// Devices that are more than a node.
    var deviceWishes = DeviceWishes()
    var userNamespace: UserNamespaceWish?
    var limits = ResourceLimits()
    var restart = RestartPolicy.no
    var stopSignal: Int32?
    var labels: [String: String] = [:]
    var namespaces: [NamespaceWish] = []
    var cgroupParent: String?
    /// The runtime that starts the container, where that is not llmbox.
    var runtime: ForeignRuntime?
    /// Options that only version 1 of control groups can serve.
    var legacyOptions: [String] = []
    /// The caller's search path.
    var environmentPath: String?
    var extraHosts: [String] = []
    /// The platform asked for; nil where any will do.
    var platform: Platform?

    /// A request without wishes.
    init() { flags = RunFlags(image: "") }

    /// Understands `flags`.
    ///
    /// - Parameters:
    ///   - flags: the command line.
    ///   - environment: looks up a variable of the caller's.
    /// - Throws: ``ArgumentError``, and the errors of files that it names.
    init(_ flags: RunFlags, environment: (String) -> String?) throws {
        self.flags = flags
        environmentPath = environment("PATH")
        if let text = flags.platform ?? environment("DOCKER_DEFAULT_PLATFORM"), !text.isEmpty {
            guard let platform = Platform(text), platform.os == "linux", !platform.isOfOther else {
                throw ArgumentError.invalid(option: "--platform", value: text, why: "it is `linux/arm64` or the like")
            }
            self.platform = platform
        }
        try readCommand(environment)
        try readIsolation()
        try readMounts()
        try readNetwork()
        try readRemoteMemory()
        try readLimits()
        restart = try Self.restartPolicy(flags.restart ?? "no")
        if restart != .no, flags.autoRemove { throw ArgumentError.conflict("`--rm`", "`--restart`") }
        try readRare(environment)
        if let signal = flags.stopSignal { stopSignal = try SignalName.parse(signal, option: "--stop-signal") }
        for label in flags.labels {
            let pair = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let key = pair.first, !key.isEmpty else {
                throw ArgumentError.invalid(option: "--label", value: label, why: "a label has a name")
            }
            labels[key] = pair.count > 1 ? pair[1] : ""
        }
    }

    static func restartPolicy(_ text: String) throws -> RestartPolicy {
        switch try RestartArgument.parse(text) {
        case .no: .no
        case .always: .always
        case .unlessStopped: .unlessStopped
        case .onFailure(let maximum): .onFailure(maximum: maximum == 0 ? nil : maximum)
        }
    }

    private mutating func readCommand(_ environment: (String) -> String?) throws {
        options.command = flags.command
        // An empty text removes the image's entry point, as in docker.
        options.entrypoint = flags.entrypoint.map { $0.isEmpty ? [] : [$0] }
        for path in flags.environmentFiles {
            let text = String(decoding: try FileIO.readAll(path: absolute(path), limit: 1 << 20), as: UTF8.self)
            options.environment += try EnvironmentList.parseFile(text, path: path, caller: environment)
        }
        // In front, so that what the user says for this container wins.
        let proxies = CallerProxies(environment: environment)
        options.environment =
            proxies.environment(besides: options.environment + flags.environment) + options.environment
        options.environment += try EnvironmentList.resolving(flags.environment, caller: environment)
        options.workingDirectory = flags.workingDirectory
        options.domainname = flags.domainname
        options.terminal = flags.terminal
    }

    private mutating func readIsolation() throws {
        options.isPrivileged = flags.isPrivileged
        options.addedCapabilities = flags.addedCapabilities
        options.droppedCapabilities = flags.droppedCapabilities
        options.isReadOnly = flags.isReadOnly
        options.oomScoreAdj = flags.oomScoreAdj
        for text in flags.securityOptions { try readSecurityOption(text) }
        switch flags.ipc ?? "private" {
        case "private", "shareable", "": options.ipc = .own
        case "host": options.ipc = .host
        case "none": options.ipc = .none
        case let text where text.hasPrefix("container:") && text != "container:":
            options.ipc = .joined
            join(.ipc, text)
        default:
            throw ArgumentError.unsupported(
                option: "`--ipc \(flags.ipc ?? "")`",
                why: "there are `private`, `shareable`, `host`, `none` and `container:NAME`"
            )
        }
        options.usesHostPIDs = try isHost(flags.pid, option: "--pid", .pid)
        options.usesHostUTS = try isHost(flags.uts, option: "--uts", .uts)
        userNamespace = try UserNamespaceWish(flags.userNamespace, flags.idMaps)
        userNamespace?.apply(to: &options)
        if userNamespace != nil, let wish = namespaces.first {
            throw ArgumentError.conflict("`--userns`", "`--\(wish.kind.rawValue) container:\(wish.container)`")
        }
        try readDevices()
        for text in flags.sysctls {
            let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[0].isEmpty else {
                throw ArgumentError.invalid(option: "--sysctl", value: text, why: "it is `name=value`")
            }
            options.sysctls[pair[0]] = pair[1]
        }
    }

    private mutating func readDevices() throws {
        for text in flags.devices {
            if !text.hasPrefix("/"), text.contains("=") {
                guard DeviceName(text) != nil else {
                    let why = "it is a path, or `vendor/class=name` of a device specification"
                    throw ArgumentError.invalid(option: "--device", value: text, why: why)
                }
                deviceWishes.names.append(text)
            } else {
                devices.append(try DeviceArgument.parse(text))
            }
        }
        deviceWishes.gpus = flags.gpus
        deviceWishes.ignoresRequirements = flags.ignoresGPURequirements
        deviceWishes.compatibility = flags.cudaCompatibility
        // Only what the user says grants anything: images of CUDA have the variable too, and get nothing for it.
        deviceWishes.visibleDevices = EnvironmentList.value(of: "NVIDIA_VISIBLE_DEVICES", in: options.environment)
        // Mistakes are told before an image is fetched.
        _ = try (deviceWishes.requests(), deviceWishes.compatibilityChoice())
    }

    private mutating func isHost(_ value: String?, option: String, _ kind: SharedNamespace.Kind) throws -> Bool {
        switch value ?? "" {
        case "", "private": return false
        case "host": return true
        case let text where text.hasPrefix("container:") && text != "container:":
            join(kind, text)
            return false
        case let text:
            throw ArgumentError.invalid(option: option, value: text, why: "there are `host` and `container:NAME`")
        }
    }

    private mutating func join(_ kind: SharedNamespace.Kind, _ text: String) {
        namespaces.append(NamespaceWish(kind: kind, container: String(text.dropFirst("container:".count))))
    }

    private mutating func readMounts() throws {
        mounts += try flags.volumes.map { (text) throws in
            try ContainerMount.parseVolume(text, relativeTo: flags.currentDirectory)
        }
        mounts += try flags.mounts.map { (text) throws in
            try ContainerMount.parseMount(text, relativeTo: flags.currentDirectory)
        }
        mounts += try flags.tmpfs.map { (text) throws in try ContainerMount.parseTmpfs(text) }
        if let size = flags.shmSize { options.shmSize = try ByteSize.parse(size, option: "--shm-size") }
    }

    private mutating func readLimits() throws {
        if let memory = flags.memory {
            let bytes = try ByteSize.parse(memory, option: "-m")
            guard bytes == 0 || bytes >= 6 << 20 else {
                throw ArgumentError.invalid(option: "-m", value: memory, why: "the least is 6m")
            }
            limits.memory = bytes == 0 ? nil : bytes
        }
        // Without a limit on memory, no limit on both says nothing.
        if let swap = flags.memorySwap, swap != "-1" || limits.memory != nil {
            limits.memoryAndSwap = swap == "-1" ? -1 : try ByteSize.parse(swap, option: "--memory-swap")
            guard let memory = limits.memory else {
                throw ArgumentError.invalid(option: "--memory-swap", value: swap, why: "it needs `-m`")
            }
            if let total = limits.memoryAndSwap, total != -1, total < memory {
                throw ArgumentError.invalid(option: "--memory-swap", value: swap, why: "it includes the memory of `-m`")
            }
        }
        if let text = flags.memoryReservation {
            limits.memoryReservation = try ByteSize.parse(text, option: "--memory-reservation")
        }
        if let cpus = flags.cpus {
            let billionths = try CPUCount.parse(cpus)
            if billionths > 0 { limits.setCPUs(Double(billionths) / 1e9) }
        }
        try readQuota()
        limits.cpuShares = flags.cpuShares
        limits.cpusetCPUs = flags.cpusetCPUs
        limits.cpusetMemoryNodes = flags.cpusetMems
        limits.pids = flags.pidsLimit.flatMap { $0 == 0 ? nil : $0 }
        options.ulimits = try flags.ulimits.map { (text) throws in try UlimitArgument.parse(text) }
    }

    private mutating func readQuota() throws {
        if let period = flags.cpuPeriod, period != 0 {
            guard (1000...1_000_000).contains(period) else {
                throw ArgumentError.invalid(option: "--cpu-period", value: "\(period)", why: "it is 1000 to 1000000")
            }
            if flags.cpus != nil { throw ArgumentError.conflict("`--cpus`", "`--cpu-period`") }
            limits.cpuPeriod = period
        }
        if let quota = flags.cpuQuota, quota != 0 {
            guard quota == -1 || quota >= 1000 else {
                throw ArgumentError.invalid(option: "--cpu-quota", value: "\(quota)", why: "the least is 1000")
            }
            if flags.cpus != nil { throw ArgumentError.conflict("`--cpus`", "`--cpu-quota`") }
            limits.cpuQuota = quota
        }
    }

    /// A path of the user's, relative to where the user stands.
    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : "\(flags.currentDirectory)/\(path)"
    }
}

extension Platform {
    /// Whether the name of another operating system stands where the architecture should.
    fileprivate var isOfOther: Bool { ["windows", "darwin", "macos", "freebsd", "wasip1"].contains(architecture) }
}
