public import OCIModel

/// Builds the runtime specification of a container: the image's configuration, the user's wishes and Docker's defaults.
public struct SpecBuilder: Sendable {
    /// The value of `PATH` where the image has none.
    public static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    let image: ContainerConfig
    let options: ContainerOptions
    let inputs: SpecInputs
    let host: SpecHost

    /// Takes what the specification is made of.
    public init(image: ContainerConfig, options: ContainerOptions, inputs: SpecInputs, host: SpecHost) {
        self.image = image
        self.options = options
        self.inputs = inputs
        self.host = host
    }

    /// Builds the specification.
    ///
    /// - Throws: ``SpecError`` for wishes that contradict each other or the machine.
    public func build() throws(SpecError) -> RuntimeSpec {
        let capabilities = try CapabilitySelection.resolve(
            add: options.addedCapabilities,
            drop: options.droppedCapabilities,
            isPrivileged: options.isPrivileged,
            held: host.boundingCapabilities
        )
        var spec = RuntimeSpec()
        spec.process = try process(capabilities)
        spec.root = RuntimeRoot(path: inputs.rootPath, readonly: options.isReadOnly)
        if !options.usesHostUTS, options.namespacePaths[.uts] == nil {
            spec.hostname = inputs.hostname
            spec.domainname = options.domainname
        }
        spec.mounts = try mounts()
        spec.linux = try linux(capabilities)
        if !options.annotations.isEmpty { spec.annotations = options.annotations }
        return spec
    }

    /// The command: what the user gave wins over the image, and a new entry point drops the image's CMD.
    public static func arguments(image: ContainerConfig, options: ContainerOptions) -> [String] {
        if let entrypoint = options.entrypoint { return entrypoint + options.command }
        let command = options.command.isEmpty ? (image.cmd ?? []) : options.command
        return (image.entrypoint ?? []) + command
    }

    private func process(_ capabilities: Set<Capability>) throws(SpecError) -> RuntimeProcess {
        let arguments = Self.arguments(image: image, options: options)
        guard let program = arguments.first, !program.isEmpty else { throw .noCommand }
        var user = RuntimeUser(
            uid: inputs.user.uid,
            gid: inputs.user.gid,
            additionalGids: inputs.user.additionalGids
        )
        user.umask = 0o22
        var process = RuntimeProcess(user: user, args: arguments, cwd: try workingDirectory())
        process.terminal = options.terminal ? true : nil
        process.env = environment()
        let names = capabilities.sorted().map(\.name)
        var sets = LinuxCapabilities()
        // Inheritable and ambient stay empty (CVE-2022-24769). For a user other than root the kernel empties the
        // effective and permitted sets at exec, so these are what root gets.
        sets.bounding = names
        sets.effective = names
        sets.permitted = names
        process.capabilities = sets
        process.rlimits = options.ulimits.isEmpty ? nil : options.ulimits
        process.noNewPrivileges = options.noNewPrivileges ? true : nil
        process.oomScoreAdj = options.oomScoreAdj
        process.apparmorProfile = options.appArmorProfile
        process.selinuxLabel = options.selinuxLabel
        for text in arguments + (process.env ?? []) + [process.cwd] where text.utf8.contains(0) {
            throw .zeroByte("a command or an environment")
        }
        return process
    }

    private func workingDirectory() throws(SpecError) -> String {
        let path = options.workingDirectory ?? image.workingDir ?? "/"
        if path.isEmpty { return "/" }
        guard path.hasPrefix("/") else { throw .relativeWorkingDirectory(path) }
        return ContainerMount.cleanedDestination(path) ?? "/"
    }

    private func environment() -> [String] {
        var base = ["PATH=\(Self.defaultPath)"]
        if inputs.exportsHostname { base.append("HOSTNAME=\(inputs.hostname)") }
        if options.terminal { base.append("TERM=xterm") }
        var result = EnvironmentList.merging(base, with: (image.env ?? []) + options.environment)
        if EnvironmentList.value(of: "HOME", in: result) == nil { result.append("HOME=\(inputs.user.home)") }
        return result
    }

    private func linux(_ capabilities: Set<Capability>) throws(SpecError) -> LinuxSpec {
        var linux = LinuxSpec()
        linux.cgroupsPath = inputs.cgroupsPath
        linux.namespaces = namespaces()
        if !options.userMappings.isEmpty {
            linux.uidMappings = options.userMappings
            linux.gidMappings = options.groupMappings
        }
        linux.sysctl = try sysctls()
        linux.rootfsPropagation = "rprivate"
        var resources = options.resources
        resources.devices = deviceRules()
        linux.resources = resources
        let devices = options.devices + (options.isPrivileged ? host.devices : [])
        if !devices.isEmpty {
            linux.devices = devices.map { device in
                var node = LinuxDevice(
                    type: device.type,
                    path: device.containerPath,
                    major: device.major,
                    minor: device.minor,
                    fileMode: device.mode
                )
                // As on the host: who may open a disk there is decided by these, and so it is inside.
                (node.uid, node.gid) = (device.user, device.group)
                return node
            }
        }
        // What somebody wants hidden is hidden from privileged containers, too.
        if !options.hiddenPaths.isEmpty { linux.maskedPaths = options.hiddenPaths }
        guard !options.isPrivileged else { return linux }
        let hidden = DefaultPaths.masked + host.thermalThrottlePaths
        linux.maskedPaths = hidden.filter { !isShown($0) } + options.hiddenPaths.filter { !hidden.contains($0) }
        linux.readonlyPaths = DefaultPaths.readOnly.filter { !isShown($0) }
        switch options.seccomp {
        case .unconfined: break
        case .standard:
            linux.seccomp = DefaultSeccompProfile.filter(
                capabilities: capabilities,
                platform: host.platform,
                kernel: host.kernel
            )
        case .profile(let document):
            linux.seccomp = document.filter(capabilities: capabilities, platform: host.platform, kernel: host.kernel)
        }
        return linux
    }

    private func isShown(_ path: String) -> Bool {
        options.shownPaths.contains { $0.hasSuffix("*") ? path.hasPrefix($0.dropLast()) : path == $0 }
    }

    private func namespaces() -> [LinuxNamespace] {
        var namespaces = [LinuxNamespace(.mount)]
        switch options.network {
        case .own: namespaces.append(LinuxNamespace(.network))
        case .path(let path): namespaces.append(LinuxNamespace(.network, path: path))
        case .host: break
        }
        if !options.usesHostUTS { namespaces.append(LinuxNamespace(.uts)) }
        if !options.usesHostPIDs { namespaces.append(LinuxNamespace(.pid)) }
        if options.ipc != .host { namespaces.append(LinuxNamespace(.ipc)) }
        if !options.userMappings.isEmpty { namespaces.append(LinuxNamespace(.user)) }
        // On version 1 Docker shares the host's, which shows the container where it stands among the others.
        if host.cgroups != .none, !options.usesHostCgroupNamespace { namespaces.append(LinuxNamespace(.cgroup)) }
        return namespaces.map { LinuxNamespace($0.type, path: $0.path ?? options.namespacePaths[$0.type]) }
    }

    private func deviceRules() -> [LinuxDeviceRule] {
        if options.isPrivileged { return [LinuxDeviceRule(allow: true, access: "rwm")] }
        var rules = [
            LinuxDeviceRule(allow: false, access: "rwm"),
            LinuxDeviceRule(allow: true, type: "c", access: "m"),
            LinuxDeviceRule(allow: true, type: "b", access: "m"),
        ]
        // null, zero, full, random, urandom, tty, console, ptmx, and every pty.
        for (major, minor) in [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)] as [(Int64, Int64)] {
            rules.append(LinuxDeviceRule(allow: true, type: "c", major: major, minor: minor, access: "rwm"))
        }
        rules.append(LinuxDeviceRule(allow: true, type: "c", major: 136, access: "rwm"))
        for device in options.devices {
            rules.append(
                LinuxDeviceRule(
                    allow: true,
                    type: device.type,
                    major: device.major,
                    minor: device.minor,
                    access: device.access
                )
            )
        }
        return rules + options.deviceRules
    }
}
