internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// A container on its way into the collection.
struct ContainerDraft {
    var record: ContainerRecord
    var plan: LaunchPlan
    var resolvConf: String
    var config: StoredConfig
    /// The volumes that were made for it, and that nobody else can know.
    var madeVolumes: [String]
    /// What another runtime starts, where one does.
    var foreignSpec: RuntimeSpec?
    /// What was asked for of devices, where something was.
    var devices: DevicePlacement?
}

extension ContainerService {
    /// Makes a container without starting it.
    ///
    /// - Returns: its id.
    /// - Throws: ``RunError``, and the errors of arguments, images and the store.
    public func create(_ flags: RunFlags) throws -> String {
        try makeContainer(RunRequest(flags, environment: environment)).directory.id
    }

    func makeContainer(_ request: RunRequest) throws -> (directory: ContainerDirectory, record: ContainerRecord) {
        let image = try image(request.flags.image, pull: request.flags.pull, platform: request.platform)
        let config = try store.config(image.id)
        let trees = LayerStack.directories(of: try store.layers(ofConfig: config))
        let mounted = try mountedImages(request)
        return try reservingIDs(request) {
            try volumes.holdingOpen { try makeContainer(request, image, config, trees, mounted) }
        }
    }

    private func makeContainer(
        _ request: RunRequest,
        _ image: StoredImage,
        _ config: ImageConfig,
        _ trees: [String],
        _ mounted: [String: MountedImage]
    ) throws -> (directory: ContainerDirectory, record: ContainerRecord) {
        var generator = SystemRandomNumberGenerator()
        var attempt = 0
        while true {
            let id = ContainerNames.newID(using: &generator)
            let name = request.flags.name ?? ContainerNames.random(attempt: attempt, using: &generator)
            let draft = try draft(request, id: id, name: name, image, config, trees, mounted)
            do {
                if request.flags.replaces { try removeNamed(name) }
                let directory = try containers.create(draft.record)
                try fill(directory, draft)
                containers.events.append(ContainerEvent("create", of: draft.record))
                return (directory, draft.record)
            } catch ContainerError.nameTaken(_, _) where request.flags.name == nil && attempt < 20 {
                discard(draft.madeVolumes)
                attempt += 1
            } catch {
                discard(draft.madeVolumes)
                throw error
            }
        }
    }

    /// Removes the container that has a name, not one whose id begins like it.
    private func removeNamed(_ name: String) throws {
        guard try exists(name), try containers.resolve(name).record().name == name else { return }
        try remove(name, force: true, volumes: false)
    }

    private func fill(_ directory: ContainerDirectory, _ draft: ContainerDraft) throws {
        do {
            try AtomicFile.make(directory.path + "/resolv.conf", Array(draft.resolvConf.utf8), mode: 0o644)
            try AtomicFile.make(
                directory.path + "/hostname",
                Array((draft.record.hostname + "\n").utf8),
                mode: 0o644
            )
            if !draft.record.network.isOwn { try writeHostsOfHost(directory, draft.record.network.extraHosts) }
            if draft.record.lowerDirectories.allSatisfy({ LayerStack.diffID(ofTree: $0) == nil }) {
                try BeneathPath(opening: directory.path).makeDirectory("empty", mode: 0o755)
            }
            if draft.record.idPlacement == .shifted, let shift = IDShift(draft.record) {
                let trees = Array(draft.record.lowerDirectories.dropFirst())
                try ShiftedLayer.make(in: directory, from: trees.isEmpty ? [directory.path + "/empty"] : trees, shift)
            }
            try markRoot(directory, draft.record)
            if let devices = draft.devices { try devices.write(directory) }
            if let spec = draft.foreignSpec { try writeBundle(directory, spec) }
            try AtomicFile.make(directory.planPath, draft.plan.encode())
            try directory.writeConfig(draft.config)
            if let check = draft.record.healthCheck {
                var changes = ExecPlan.Changes(arguments: check.command)
                changes.sharedNamespaces = NamespaceSet(rawValue: draft.record.sharedNamespaces)
                let probe = ExecPlan.derive(from: draft.plan, changes)
                try directory.writeHealthPlan(probe.encode())
                if draft.record.runtime != nil {
                    try directory.writeHealthDocument(CanonicalJSON.encode(ExecPlan.document(of: probe)))
                }
            }
        } catch {
            // The first failure is the one to report.
            try? containers.remove(directory)
            throw error
        }
    }

    /// Makes the file by which programs find out that they are in a container, as docker has it.
    private func markRoot(_ directory: ContainerDirectory, _ record: ContainerRecord) throws {
        let file = try OwnedFD.open(directory.upperPath + Self.mark, O_WRONLY | O_CREAT | O_CLOEXEC, mode: 0o755)
        guard record.idPlacement == .shifted, let owner = IDShift(record)?.outside(user: 0, group: 0) else { return }
        let descriptor = file.raw
        try check("set the owner of", Self.mark) { fchown(descriptor, owner.user, owner.group) }
    }

    /// What ``markRoot(_:_:)`` makes; it is no change of the container's.
    static let mark = "/.dockerenv"

    /// A container in the host's network knows the names that the host knows; in a copy, which it may change.
    private func writeHostsOfHost(_ directory: ContainerDirectory, _ extra: [String]) throws {
        // A host without the file knows no names.
        var text = (try? FileIO.readText(path: "/etc/hosts")) ?? ""
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        text += HostsFile.resolved(extra, gateway: "127.0.0.1").map { $0 + "\n" }.joined()
        try AtomicFile.make(directory.hostsPath, Array(text.utf8), mode: 0o644)
    }

    private func draft(
        _ given: RunRequest,
        id: String,
        name: String,
        _ image: StoredImage,
        _ config: ImageConfig,
        _ trees: [String],
        _ mounted: [String: MountedImage]
    ) throws -> ContainerDraft {
        var request = given
        let facts = try HostFacts.probe()
        try checkLegacyOptions(request, facts)
        try checkProcessors(request.flags, facts)
        let shared = try joinNetwork(&request, id: id)
        let flags = request.flags
        let imageConfig = config.config ?? ContainerConfig()
        let hostname =
            try flags.hostname ?? shared?.record().hostname
            ?? (request.network.mode == .host ? facts.hostName : String(id.prefix(12)))
        let directory = ContainerDirectory(path: "\(containers.path)/\(id)")
        let files = ImageFiles(trees: trees)
        let user = try UserLookup.resolve(
            // Who keeps their number wants to be themselves.
            flags.user ?? request.userNamespace?.identity.map { "\($0.user):\($0.group)" } ?? imageConfig.user ?? "",
            passwd: files.read("etc/passwd", limit: UserLookup.fileLimit),
            group: files.read("etc/group", limit: UserLookup.fileLimit),
            additionalGroups: flags.groups
        )
        try settleUserNamespace(&request, for: user, files)
        request.deviceWishes.takeVariable(of: imageConfig)
        // Before anything is said or made: without its GPU the container will not be.
        let granted = try grantDevices(request, imageConfig, files)
        let defaults = try modelDefaults(request, imageConfig, facts, user, trees)
        var options = request.options
        let namespaces = try shareNamespaces(request, &options, directory)
        options.devices = try request.devices.map(HostDevices.describe)
        var resolved = try resolveMounts(
            MountSetting(request: request, image: imageConfig, trees: trees, images: mounted, user: user)
        )
        if let defaults {
            defaults.apply(to: &request, &options)
            if !defaults.environment.isEmpty { resolved.add(mountCaches(for: user)) }
        }
        options.mounts = resolved.mounts
        var inputs = SpecInputs(
            id: id,
            hostname: hostname,
            rootPath: "rootfs",
            user: user,
            cgroupsPath: "/\(request.cgroupParent ?? CgroupSet.defaultParent)/\(id)"
        )
        // Who shares another container's network shares its names.
        let names = shared ?? directory
        inputs.hostsFile = names.hostsPath
        inputs.hostnameFile = names.path + "/hostname"
        inputs.resolvConfFile = names.path + "/resolv.conf"
        do {
            let host = specHost(facts, needsDevices: options.isPrivileged)
            var spec = try SpecBuilder(image: imageConfig, options: options, inputs: inputs, host: host).build()
            try AppArmorProfile.apply(
                to: &spec,
                securityOptions: flags.securityOptions,
                isPrivileged: options.isPrivileged
            )
            var placement = try request.deviceWishes.explaining {
                try DevicePlacement(
                    request.deviceWishes,
                    granted: granted,
                    in: &spec,
                    files: files,
                    environment: environment
                )
            }
            placement?.prepare(directory)
            var record = try record(request, id, name, image, imageConfig, spec)
            record.architecture = config.platform.architecture
            record.namespaces = namespaces.isEmpty ? nil : namespaces
            let isShifted = request.userNamespace?.placement == .shifted
            let lower = (isShifted ? [ShiftedLayer.path(directory)] : []) + trees
            var planInputs = try planInputs(request, directory, lower, facts, record.limits)
            planInputs.views = resolved.views
            planInputs.devicePaths = Dictionary(
                options.devices.map { ($0.containerPath, $0.hostPath) },
                uniquingKeysWith: { first, _ in first }
            )
            // Devices last: their place is counted from the end when they are looked at again.
            planInputs.deviceOperations = sharedMounts(namespaces, directory)
            if let placement { planInputs.deviceOperations += try placement.operations() }
            let plan = try PlanCompiler.compile(spec, planInputs)
            placement?.locate(in: plan)
            for finding in placement?.warnings ?? [] { warn(finding) }
            if let defaults { try finish(defaults, for: user, request.userNamespace) }
            record.hostname = hostname
            record.lowerDirectories = lower
            resolved.note(in: &record)
            return ContainerDraft(
                record: record,
                plan: plan,
                resolvConf: try resolvConf(request, record.network),
                config: StoredConfig(
                    config: try EffectiveConfig.merging(imageConfig, given),
                    options: CreationOptions(request, options, defaults)
                ),
                madeVolumes: resolved.made,
                foreignSpec: request.runtime == nil ? nil : spec,
                devices: placement
            )
        } catch {
            discard(resolved.made)
            throw error
        }
    }

    private func planInputs(
        _ request: RunRequest,
        _ directory: ContainerDirectory,
        _ trees: [String],
        _ facts: HostFacts,
        _ limits: ResourceLimits
    ) throws -> PlanInputs {
        var inputs = PlanInputs(
            root: .overlay(
                OverlayRoot(
                    // `FROM scratch` has no layer, and overlay wants one.
                    lower: trees.isEmpty ? [directory.path + "/empty"] : trees,
                    upper: directory.upperPath,
                    work: directory.workPath,
                    // A container that removes itself has nothing that must survive a power loss.
                    volatile: request.flags.autoRemove
                )
            ),
            cgroups: try facts.cgroups.planView(limits)
        )
        inputs.isSupervised = request.flags.usesInit == true
        if let size = request.flags.terminalSize {
            inputs.terminalRows = size.rows
            inputs.terminalColumns = size.columns
        }
        return inputs
    }

    private func record(
        _ request: RunRequest,
        _ id: String,
        _ name: String,
        _ image: StoredImage,
        _ config: ContainerConfig,
        _ spec: RuntimeSpec
    ) throws -> ContainerRecord {
        let flags = request.flags
        var record = ContainerRecord(
            id: id,
            name: name,
            image: flags.image,
            imageID: image.id.description,
            created: .now(),
            command: spec.process?.args ?? []
        )
        record.labels = (config.labels ?? [:]).merging(request.labels) { _, own in own }
        record.terminal = flags.terminal
        record.openStandardInput = flags.openInput
        record.closesInputWithClient = flags.openInput && !flags.isDetached ? true : nil
        if flags.isPrivileged { record.isPrivileged = true }
        if flags.publishesAll { record.publishesAll = true }
        record.log = try LogOptions.settings(flags)
        record.log.details = LogOptions.details(flags, labels: record.labels, environment: spec.process?.env ?? [])
        record.autoRemove = flags.autoRemove
        record.restartPolicy = request.restart
        let signal = try config.stopSignal.map { (text) throws in try SignalName.parse(text, option: "STOPSIGNAL") }
        record.stopSignal = request.stopSignal ?? signal ?? 15
        record.stopTimeout = flags.stopTimeout ?? 10
        record.healthCheck = try HealthSettings.check(flags, image: config)
        record.limits = request.limits
        if let rules = spec.linux?.resources?.devices { record.limits.devices = rules.map(DeviceRule.init) }
        record.network = try networkSettings(request, config)
        record.userMappings = request.userNamespace?.userMappings
        record.groupMappings = request.userNamespace?.groupMappings
        record.idPlacement = request.userNamespace?.placement
        if request.userNamespace?.isAutomatic == true { record.reservesIDs = true }
        record.cgroupParent = request.cgroupParent
        record.runtime = request.runtime
        return record
    }
}
