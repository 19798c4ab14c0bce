internal import ContainerRuntime
internal import Diagnostics
internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

extension ContainerService {
    /// What a container of a language model gets where nothing was said; nil for others, and where Docker's defaults are wanted.
    func modelDefaults(
        _ request: RunRequest,
        _ image: ContainerConfig,
        _ facts: HostFacts,
        _ user: ResolvedUser,
        _ trees: [String]
    ) throws -> ModelDefaults? {
        let labels = (image.labels ?? [:]).merging(request.labels) { _, own in own }
        guard let sign = request.deviceWishes.gpuSign ?? ModelSign(labels: labels) else { return nil }
        if try wantsDockerDefaults(request.flags) { return nil }
        let flags = request.flags
        var circumstances = ModelDefaults.Circumstances()
        circumstances.mounts = request.mounts.map(\.destination) + (image.volumes ?? [:]).keys
        circumstances.choosesSharedMemory =
            request.options.shmSize == nil && request.options.ipc == .own
            && !circumstances.mounts.contains("/dev/shm")
        circumstances.givenUlimits = Set(flags.ulimits.map { String($0.prefix { $0 != "=" }) })
        // In the host's process namespace it would be process 1 of nothing.
        circumstances.decidesInit =
            flags.usesInit != nil || request.options.usesHostPIDs || request.runtime != nil
            || request.namespaces.contains { $0.kind == .pid }
        circumstances.decidesStopTimeout = flags.stopTimeout != nil
        circumstances.environment = (image.env ?? []) + request.options.environment
        circumstances.home = EnvironmentList.value(of: "HOME", in: circumstances.environment) ?? user.home
        circumstances.command = SpecBuilder.arguments(image: image, options: request.options)
        circumstances.filledPlaces = Set(
            ModelDefaults.cachePlaces(home: circumstances.home).filter { Self.isFilled($0, in: trees) }
        )
        let canRaise =
            !facts.inUserNamespace
            && Capability.set(mask: facts.effectiveCapabilities).contains(.sysResource)
        let machine = ModelDefaults.Machine(
            memoryLimit: request.limits.memory,
            memorySize: facts.memorySize,
            canRaiseLimits: canRaise,
            lockedMemory: try ProcessControl.limit(Self.lockedMemory).hard,
            stack: try ProcessControl.limit(Self.stack).hard
        )
        return ModelDefaults(sign, circumstances, machine)
    }

    /// Whether something that is true of the machine is said for the first time in this store; `inspect` says it always.
    private func isFirstTime(_ notice: String) -> Bool {
        // Where nothing can be written it is said again.
        guard let root = try? BeneathPath(opening: context.root.string),
            (try? root.makeDirectories("notices", mode: 0o755)) != nil
        else { return true }
        return (try? root.open("notices/\(notice)", O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)) != nil
    }

    // RLIMIT_MEMLOCK and RLIMIT_STACK, of which Glibc's module has only one.
    private static let lockedMemory: UInt32 = 8
    private static let stack: UInt32 = 3

    private func wantsDockerDefaults(_ flags: RunFlags) throws -> Bool {
        if let said = flags.usesDockerDefaults { return said }
        if let text = environment("LLMBOX_DOCKER_DEFAULTS"), !text.isEmpty {
            return !["0", "false", "no", "off"].contains(text.lowercased())
        }
        return try MachineSettings.read().usesDockerDefaults ?? false
    }

    /// Whether a layer has anything in a directory; that a higher layer may hide it does not matter here.
    private static func isFilled(_ place: String, in trees: [String]) -> Bool {
        trees.contains { tree in
            // What is missing, or no directory, is empty.
            guard let directory = try? BeneathPath(opening: tree).openDirectory(place) else { return false }
            return (try? DirectoryWalker.names(in: directory).isEmpty) == false
        }
    }

    /// The volume with the caches, in which each user has a directory that nobody else may enter.
    ///
    /// What the caches hold is executed: a program compiled by one user must not run as another.
    func mountCaches(for user: ResolvedUser) -> (ResolvedMount, MountSummary) {
        let name = ModelDefaults.cacheVolume
        let source = volumes.dataPath(name)
        var summary = MountSummary(
            type: "volume",
            source: source,
            destination: ModelDefaults.cacheDirectory,
            writable: true
        )
        summary.name = name
        // For `--volumes-from`, too: only this user's.
        summary.subpath = "\(user.uid)"
        return (.bind("\(source)/\(user.uid)", at: ModelDefaults.cacheDirectory), summary)
    }

    /// Makes the volume with the directories that the variables name, and says what cannot be had.
    ///
    /// Last of all, when nothing else can keep the container from being made.
    func finish(_ defaults: ModelDefaults, for user: ResolvedUser, _ wish: UserNamespaceWish?) throws {
        if !defaults.keptLimits.isEmpty, isFirstTime("kept-limits") { warn(KeptLimits(names: defaults.keptLimits)) }
        guard !defaults.environment.isEmpty else { return }
        let now = ContainerRuntime.Timestamp.now().description
        try volumes.create(ModelDefaults.cacheVolume, labels: [:], isAnonymous: false, now: now)
        let data = try BeneathPath(opening: volumes.dataPath(ModelDefaults.cacheVolume))
        let owner: (user: UInt32, group: UInt32) =
            wish?.owner(user: user.uid, group: user.gid, ofStore: true) ?? (user.uid, user.gid)
        try data.makeDirectories("\(user.uid)", mode: 0o700, user: owner.user, group: owner.group)
        // Libraries make theirs by themselves; scripts write `$HF_HOME/token` and expect it there.
        for directory in defaults.cacheDirectories {
            do {
                try data.makeDirectories("\(user.uid)/\(directory)", mode: 0o700, user: owner.user, group: owner.group)
            } catch {
                // What the user's own programs have put there instead is theirs to decide.
                guard error.errno == .notDirectory || error.errno == .fileExists else { throw error }
            }
        }
    }
}

extension ModelDefaults {
    /// Writes the choices into what the container is made of.
    func apply(to request: inout RunRequest, _ options: inout ContainerOptions) {
        if let sharedMemory { options.shmSize = sharedMemory }
        options.ulimits += ulimits
        // Not into the request's: `commit` gives an image what the user said, and nothing else.
        options.environment += environment
        if usesInit { request.flags.usesInit = true }
        if let stopTimeout { request.flags.stopTimeout = stopTimeout }
    }
}

extension DeviceWishes {
    /// That GPUs are wanted, in the user's words.
    var gpuSign: ModelSign? {
        if !gpus.isEmpty { return .gpu(option: "--gpus") }
        if let name = names.first(where: { $0.contains("/gpu=") }) { return .gpu(option: "--device \(name)") }
        // `void` and `none` are words for no GPU at all.
        guard visibleDevices != nil, (try? requests().isEmpty) == false else { return nil }
        return .gpu(option: "--env NVIDIA_VISIBLE_DEVICES")
    }
}

/// Limits that a model should have and this machine does not give.
struct KeptLimits: Explainable {
    let names: [String]

    var what: String { "keeping the limits of \(names.map { "`\($0)`" }.joined(separator: " and ")) as they are" }
    var why: String? { "raising them needs CAP_SYS_RESOURCE, which llmbox lacks here" }
    var remedy: String? { nil }
}

extension DeviceWishes {
    /// Has the image's variable count where the user wants the runtime that goes by it, and has not said anything else.
    mutating func takeVariable(of image: ContainerConfig) {
        guard takesImageVariable == true, visibleDevices == nil else { return }
        visibleDevices = EnvironmentList.value(of: "NVIDIA_VISIBLE_DEVICES", in: image.env ?? [])
    }
}
