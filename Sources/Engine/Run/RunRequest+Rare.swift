internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// A namespace of another container's, as the command line names it.
struct NamespaceWish: Equatable, Sendable {
    var kind: SharedNamespace.Kind
    var container: String
}

extension RunRequest {
    /// Understands the options that few command lines have.
    mutating func readRare(_ environment: (String) -> String?) throws {
        let rare = flags.rare
        for path in rare.labelFiles {
            let text = String(decoding: try FileIO.readAll(path: absolute(path), limit: 1 << 20), as: UTF8.self)
            for line in text.split(whereSeparator: \.isNewline).map(String.init) {
                guard !line.isEmpty, !line.hasPrefix("#") else { continue }
                let (key, value) = try Self.pair(line, option: "--label-file")
                labels[key] = value
            }
        }
        for text in rare.annotations {
            guard text.contains("=") else {
                throw ArgumentError.invalid(option: "--annotation", value: text, why: "it is `name=value`")
            }
            let (key, value) = try Self.pair(text, option: "--annotation")
            options.annotations[key] = value
        }
        if let parent = rare.cgroupParent, !parent.isEmpty { cgroupParent = try CgroupParentArgument.parse(parent) }
        switch rare.cgroupNamespace ?? "" {
        case "", "private": break
        case "host": options.usesHostCgroupNamespace = true
        case let other:
            throw ArgumentError.invalid(
                option: "--cgroupns",
                value: other,
                why: "there are `private` and `host`"
            )
        }
        options.deviceRules = try rare.deviceRules.map { (text) throws in try DeviceRuleArgument.parse(text) }
        try readBlockDevices(rare)
        try readLegacyLimits(rare)
        try readRuntime(rare.runtime)
    }

    static func pair(_ text: String, option: String) throws(ArgumentError) -> (String, String) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let key = pair.first, !key.isEmpty else {
            throw .invalid(option: option, value: text, why: "it has no name")
        }
        return (key, pair.count > 1 ? pair[1] : "")
    }

    private mutating func readBlockDevices(_ rare: RareFlags) throws {
        if let weight = rare.blockWeight, weight != 0 {
            guard (10...1000).contains(weight) else {
                throw ArgumentError.invalid(option: "--blkio-weight", value: "\(weight)", why: "it is 10 to 1000")
            }
            limits.blockWeight = weight
        }
        for text in rare.blockWeightDevices {
            let option = "--blkio-weight-device"
            let (path, weight) = try DeviceRateArgument.parse(text, option: option, isBytes: false)
            guard (10...1000).contains(weight) else {
                throw ArgumentError.invalid(option: option, value: text, why: "a weight is 10 to 1000")
            }
            let value = "\(try Self.blockDevice(path)) \(weight)"
            add("blkio", "blkio.weight_device", nil, value, "a block device's weight")
            add("io", nil, "io.weight", value, "a block device's weight")
        }
        let rates: [(option: String, values: [String], isBytes: Bool, legacy: String, unified: String)] = [
            ("--device-read-bps", rare.readBytes, true, "read_bps", "rbps"),
            ("--device-write-bps", rare.writeBytes, true, "write_bps", "wbps"),
            ("--device-read-iops", rare.readOperations, false, "read_iops", "riops"),
            ("--device-write-iops", rare.writeOperations, false, "write_iops", "wiops"),
        ]
        for (option, values, isBytes, legacy, unified) in rates {
            for text in values {
                let (path, rate) = try DeviceRateArgument.parse(text, option: option, isBytes: isBytes)
                let device = try Self.blockDevice(path)
                let words = "a block device's rate"
                add("blkio", "blkio.throttle.\(legacy)_device", nil, "\(device) \(rate)", words)
                add("io", nil, "io.max", "\(device) \(unified)=\(rate)", words)
            }
        }
    }

    /// Limits that only version 1 of control groups has.
    private mutating func readLegacyLimits(_ rare: RareFlags) throws {
        if let swappiness = rare.swappiness, swappiness != -1 {
            guard (0...100).contains(swappiness) else {
                let why = "it is 0 to 100, or -1 for the machine's"
                throw ArgumentError.invalid(option: "--memory-swappiness", value: "\(swappiness)", why: why)
            }
            add("memory", "memory.swappiness", nil, "\(swappiness)", "swappiness")
            legacyOptions.append("--memory-swappiness")
        }
        if rare.disablesOutOfMemoryKill {
            guard limits.memory != nil else {
                let why = "without a memory limit the whole machine would stand still instead: give `-m` as well"
                throw ArgumentError.unsupported(option: "`--oom-kill-disable`", why: why)
            }
            add("memory", "memory.oom_control", nil, "1", "the killing of processes for their memory")
            legacyOptions.append("--oom-kill-disable")
        }
        // The period first, which the runtime may not exceed.
        if let period = rare.realTimePeriod, period != 0 {
            add("cpu", "cpu.rt_period_us", nil, "\(period)", "real-time scheduling")
            legacyOptions.append("--cpu-rt-period")
        }
        if let runtime = rare.realTimeRuntime, runtime != 0 {
            add("cpu", "cpu.rt_runtime_us", nil, "\(runtime)", "real-time scheduling")
            legacyOptions.append("--cpu-rt-runtime")
        }
    }

    private mutating func add(
        _ controller: String,
        _ legacy: String?,
        _ unified: String?,
        _ value: String,
        _ words: String
    ) {
        let control = CgroupControl(
            controller: controller,
            legacyFile: legacy,
            unifiedFile: unified,
            value: value,
            limit: words
        )
        limits.controls = (limits.controls ?? []) + [control]
    }

    private static func blockDevice(_ path: String) throws -> String {
        let device = try HostDevices.describe(DeviceArgument.parse(path))
        guard device.type == "b" else { throw RunError.notADevice(path) }
        return "\(device.major):\(device.minor)"
    }

    // MARK: Other runtimes

    private mutating func readRuntime(_ name: String?) throws {
        guard let name, !["", "llmbox"].contains(name) else { return }
        if name == "nvidia" {
            // What that runtime adds to runc, llmbox does itself; it goes by the variable, the image's too.
            deviceWishes.takesImageVariable = true
            return
        }
        guard !UserNamespace.isOwn else {
            throw ArgumentError.unsupported(option: "`--runtime \(name)`", why: "other runtimes need root here")
        }
        // As containerd names them: `io.containerd.runc.v2`.
        let words = name.split(separator: ".")
        let program = words.count == 4 && name.hasPrefix("io.containerd.") ? String(words[2]) : name
        // Another program's place may be relative to where the user stands; the monitor stands elsewhere.
        let place = program.contains("/") ? absolute(program) : program
        guard let path = ForeignRuntime.find(place, searchPath: environmentPath ?? "/usr/sbin:/usr/bin") else {
            throw ArgumentError.invalid(
                option: "--runtime",
                value: name,
                why: "there is no such program on the search path; without the option llmbox starts containers itself"
            )
        }
        for (option, isGiven) in [
            ("`--init`", flags.usesInit == true), ("`--gpus`", !deviceWishes.isEmpty),
            ("`--userns`", userNamespace != nil), ("`--ipc container:…`", flags.ipc?.hasPrefix("container:") == true),
        ] where isGiven {
            throw ArgumentError.conflict("`--runtime \(name)`", option)
        }
        runtime = ForeignRuntime(name: name, path: path)
    }
}
