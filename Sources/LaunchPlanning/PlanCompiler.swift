public import LaunchProtocol
public import OCIModel

/// Compiles a runtime specification to the list of operations that starts the container.
///
/// This is the one place that knows the order. Each step says why it stands where it stands.
public enum PlanCompiler {
    /// Compiles `spec`.
    ///
    /// - Throws: ``PlanError``.
    public static func compile(_ spec: RuntimeSpec, _ inputs: PlanInputs) throws(PlanError) -> LaunchPlan {
        guard let process = spec.process, let arguments = process.args, !arguments.isEmpty else { throw .noProcess }
        let linux = spec.linux ?? LinuxSpec()
        try validate(spec, linux)
        var namespaces = try namespaces(linux)
        var plan: [LaunchOperation] = []
        if let entry = try entry(linux) {
            // Before anything else, because whoever enters goes on as another process.
            plan.append(.enterNamespaces(entry))
            namespaces.formIntersection(.user)
        }
        // No terminal of the host's may control the process: it could push input to it (TIOCSTI).
        plan.append(.startSession)
        // Before anything is mounted, so that nothing mounted from here on reaches the host.
        plan.append(.setPropagation(.slave))
        switch inputs.root {
        case .overlay(let root): plan.append(.mountOverlayRoot(root))
        case .directory(let path): plan.append(.bindRoot(path: path))
        }
        // All binds come before the root changes, because their sources are the host's paths.
        let mounts = spec.mounts ?? []
        var passed = inputs.passedViewCount
        for mount in mounts where !showsCgroups(mount) {
            var step = try operation(for: mount, inputs)
            if isMapped(mount), case .bind(var bind) = step {
                bind.passedMount = passed
                passed += 1
                step = .bind(bind)
            }
            if let label = linux.mountLabel, !label.isEmpty { step = labeled(step, label) }
            plan.append(step)
        }
        // Nodes and links behind the mount of `/dev`, which would cover them.
        plan += devices(linux.devices ?? [], in: mounts, paths: inputs.devicePaths)
        // Files of drivers on top of everything that the image and the user brought.
        plan += inputs.deviceOperations
        // The parent has meanwhile filled the control groups and attached the network. What follows needs them.
        plan.append(.awaitRelease)
        // In the container's namespaces, where the host's tree is still there to find the program.
        plan += try hooks(spec.hooks?.createContainer, inputs)
        if linux.namespaces?.contains(where: { $0.type == .cgroup && $0.path == nil }) == true {
            // Inside the target group, so that its root is that group and not the one that llmbox is in.
            plan.append(.unshareCgroups)
        }
        if let mount = mounts.first(where: showsCgroups) {
            // In the new namespace: these show the container's own groups only.
            plan += cgroupMounts(mount, inputs.cgroups)
        }
        // Limits and parameters need capabilities that are about to go.
        plan += try limits(process).filter { !isSetOutside($0, linux) }
        for (name, value) in (linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            plan.append(.setSysctl(name: name, value: value))
        }
        plan.append(inputs.coversRoot ? .coverRoot : .pivotRoot)
        if let propagation = try rootPropagation(linux) { plan.append(.setPropagation(propagation)) }
        // Needs the container's devpts, and must not be reachable by a path of the image's (CVE-2025-52565).
        if process.terminal == true { plan.append(.openTerminal(terminal(process, inputs))) }
        if let hostname = spec.hostname { plan.append(.setHostName(hostname)) }
        if let domainname = spec.domainname { plan.append(.setDomainName(domainname)) }
        // Behind all mounts, which would cover what is protected; hiding behind read-only, because it is the stronger.
        for path in linux.readonlyPaths ?? [] { plan.append(.makePathReadOnly(path)) }
        for path in linux.maskedPaths ?? [] { plan.append(.maskPath(path)) }
        // While root may still write: the working directory is made where the image lacks it.
        plan.append(.makeDirectory(DirectoryRequest(path: process.cwd)))
        if spec.root?.readonly == true { plan.append(.makeRootReadOnly) }
        if inputs.findsCommand { plan.append(.findCommand) }
        var last = try privileges(process, linux, startHooks: hooks(spec.hooks?.startContainer, inputs))
        if inputs.sharesKeyring { last.removeAll { $0 == .joinSessionKeyring } }
        plan += last
        let command = LaunchCommand(
            arguments: arguments,
            environment: process.env ?? [],
            supervised: inputs.isSupervised
        )
        return LaunchPlan(namespaces: namespaces, operations: plan, command: command)
    }

    /// Everything from the last privileged step to the program.
    static func privileges(
        _ process: RuntimeProcess,
        _ linux: LinuxSpec,
        startHooks: [LaunchOperation] = []
    ) throws(PlanError) -> [LaunchOperation] {
        let sets = process.capabilities ?? LinuxCapabilities()
        var plan: [LaunchOperation] = [.setFileModeMask(process.user.umask ?? 0o22)]
        // Needs CAP_SETPCAP, so before the user changes.
        plan.append(.limitBoundingSet(try mask(sets.bounding)))
        // A created container waits here, set up but not started.
        plan.append(.reportReady)
        // With the rights of the runtime, in the container's tree.
        plan += startHooks
        // While the rights of the runtime last, and the user is the one who counts its keys.
        plan.append(.joinSessionKeyring)
        if let domain = linux.personality { plan.append(.setPersonality(try bits(of: domain))) }
        // While procfs can still be written; both take effect at exec.
        if let label = process.selinuxLabel, !label.isEmpty {
            plan.append(.setExecLabel(file: "exec", label: label))
        }
        if let profile = process.apparmorProfile, !profile.isEmpty {
            plan.append(.setExecLabel(file: "apparmor/exec", label: "exec \(profile)"))
        }
        // Supplementary groups always, even when there are none (CVE-2022-36109); capabilities are kept for now.
        plan.append(
            .setCredentials(
                Credentials(
                    user: process.user.uid,
                    group: process.user.gid,
                    supplementaryGroups: process.user.additionalGids ?? []
                )
            )
        )
        // As the container's user, and checked to lie inside the root (CVE-2024-21626).
        plan.append(.changeDirectory(process.cwd))
        let capabilities = LaunchOperation.setCapabilities(
            CapabilitySets(
                effective: try mask(sets.effective),
                permitted: try mask(sets.permitted),
                inheritable: try mask(sets.inheritable),
                ambient: try mask(sets.ambient)
            )
        )
        let filter = try linux.seccomp.map { (seccomp) throws(PlanError) in try install(seccomp) }
        if process.noNewPrivileges == true {
            // Last, so that it filters nothing of the set-up.
            plan += [capabilities, .setNoNewPrivileges] + [filter].compactMap { $0 }
        } else {
            // Without no-new-privileges a filter needs CAP_SYS_ADMIN, so before the capabilities go.
            plan += [filter].compactMap { $0 } + [capabilities]
        }
        return plan
    }

    private static func install(_ filter: LinuxSeccomp) throws(PlanError) -> LaunchOperation {
        let code: SeccompCode
        do { code = try SeccompCompiler.compile(filter) } catch { throw .seccomp(error) }
        guard code.flags & SeccompProgram.newListener == 0 || filter.listenerPath?.isEmpty == false else {
            throw .contradiction("its system call filter asks somebody and names no `listenerPath`")
        }
        return .installSeccomp(SeccompProgram(instructions: code.bytes, flags: code.flags))
    }

    private static func mask(_ names: [String]?) throws(PlanError) -> UInt64 {
        var mask: UInt64 = 0
        for name in names ?? [] {
            guard let capability = Capability(name: name) else { throw .unknown("capability", name: name) }
            mask |= 1 << UInt64(capability.rawValue)
        }
        return mask
    }

    static func limits(_ process: RuntimeProcess) throws(PlanError) -> [LaunchOperation] {
        var plan: [LaunchOperation] = []
        for limit in process.rlimits ?? [] {
            let name = limit.type.hasPrefix("RLIMIT_") ? limit.type.dropFirst(7).lowercased() : limit.type
            guard let known = ResourceLimit(name: name, soft: limit.soft, hard: limit.hard) else {
                throw .unknown("resource limit", name: limit.type)
            }
            plan.append(.setResourceLimit(known))
        }
        if let scheduler = process.scheduler { plan.append(.setScheduler(try settings(of: scheduler))) }
        if let priority = process.ioPriority { plan.append(.setIOPriority(try bits(of: priority))) }
        if let score = process.oomScoreAdj { plan.append(.setOutOfMemoryScore(Int32(clamping: score))) }
        return plan
    }

    static func terminal(_ process: RuntimeProcess, _ inputs: PlanInputs) -> TerminalRequest {
        TerminalRequest(
            rows: process.consoleSize.map { UInt16(clamping: $0.height) } ?? inputs.terminalRows,
            columns: process.consoleSize.map { UInt16(clamping: $0.width) } ?? inputs.terminalColumns,
            isConsole: true,
            user: process.user.uid
        )
    }
}
