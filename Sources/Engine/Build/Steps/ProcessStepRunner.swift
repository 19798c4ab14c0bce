internal import BuildPlanning
internal import ContainerRuntime
internal import Diagnostics
internal import DockerfileSyntax
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import SystemPackage

/// Runs a step as a container whose upper directory becomes the layer.
struct ProcessStepRunner: StepRunner {
    /// Where leases of network addresses are kept; nil for the machine's usual place.
    var networkState: String?

    func run(_ execution: StepExecution) throws -> StoredLayer {
        let workspace = try execution.store.makeWorkspace()
        let scratch = try StepScratch(workspace)
        let trees = LayerStack.directories(of: execution.parents)
        let lower = trees.isEmpty ? [try scratch.directory("empty")] : trees
        let view = try ImageView(execution.parents, orEmpty: workspace.upper.string)
        let mounts = try StepMounts(execution, scratch: scratch)
        let facts = try HostFacts.probe()
        let emulation = try Emulation.prepare(execution.operation.platform.architecture)
        if let note = emulation?.note { execution.emit(.note(vertex: execution.vertex, note)) }
        // The kernel may forget the emulator when nobody holds it.
        defer { withExtendedLifetime(emulation) {} }
        let id = String(workspace.directory.lastComponent?.string.filter { $0.isLetter || $0.isNumber } ?? "step")
        let network = StepNetwork(execution.operation.network, id: "build-" + id, state: networkState)
        if let reason = network.fallback { execution.emit(.note(vertex: execution.vertex, reason)) }
        defer { network.release() }
        let spec = try spec(execution, mounts, scratch, trees: trees, facts: facts, network: network)
        let stubs = MountStubs(spec.mounts?.map(\.destination) ?? [], view: view)
        let overlay = OverlayRoot(
            lower: lower,
            upper: workspace.upper.string,
            work: workspace.work.string,
            volatile: true,
            userAttributes: false
        )
        let plan = try PlanCompiler.compile(spec, PlanInputs(root: .overlay(overlay), cgroups: .none))
        try launch(plan, execution, id: id, facts: facts, network: network, mounts: mounts)
        try stubs.remove(from: workspace.upper.string, view: view)
        return try execution.store.commitTree(workspace)
    }

    private func spec(
        _ execution: StepExecution,
        _ mounts: StepMounts,
        _ scratch: StepScratch,
        trees: [String],
        facts: HostFacts,
        network: StepNetwork
    ) throws -> RuntimeSpec {
        let operation = execution.operation
        let files = ImageFiles(trees: trees)
        let user = try UserLookup.resolve(
            operation.user,
            passwd: files.read("etc/passwd", limit: UserLookup.fileLimit),
            group: files.read("etc/group", limit: UserLookup.fileLimit)
        )
        var options = ContainerOptions()
        options.mounts = mounts.mounts
        options.workingDirectory = operation.workingDirectory
        options.environment = operation.environment + operation.proxyEnvironment + mounts.environment
        options.entrypoint = operation.arguments
        if let script = operation.script {
            let path = try scratch.file(script.name, Array(script.content.utf8), mode: 0o755)
            // Below /dev, which is memory: nothing of it can get into the layer.
            let target = "/dev/pipes/\(script.name)"
            options.mounts.append(.bind(path, at: target, isReadOnly: true, isRecursive: false))
            options.entrypoint = [target]
        }
        if operation.security == .insecure { throw CopyError.notYet("`--security=insecure`") }
        if !operation.devices.isEmpty { throw CopyError.notYet("`RUN --device`") }
        options.network = network.isHost ? .host : .own
        var inputs = SpecInputs(
            id: String(repeating: "0", count: 64),
            hostname: "llmbox-build",
            rootPath: "rootfs",
            user: user,
            cgroupsPath: "/llmbox/build"
        )
        let hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\tllmbox-build\n"
        inputs.hostsFile =
            network.isHost ? "/etc/hosts" : try scratch.file("hosts", Array(hosts.utf8), mode: 0o644)
        let resolver = ResolvConf.text(
            // A host without the file has no name service, and neither has the step.
            host: (try? FileIO.readText(path: "/etc/resolv.conf")) ?? "",
            wishes: .init(),
            sharesHostNetwork: network.isHost
        )
        inputs.resolvConfFile = try scratch.file("resolv.conf", Array(resolver.utf8), mode: 0o644)
        let host = SpecHost(
            kernel: KernelVersion(facts.kernelVersion.major, facts.kernelVersion.minor),
            platform: Platform.host.architecture,
            boundingCapabilities: Capability.set(mask: facts.boundingCapabilities),
            cgroups: .none
        )
        return try SpecBuilder(image: ContainerConfig(), options: options, inputs: inputs, host: host).build()
    }

    private func launch(
        _ plan: LaunchPlan,
        _ execution: StepExecution,
        id: String,
        facts: HostFacts,
        network: StepNetwork,
        mounts: StepMounts
    ) throws {
        // The standard limits allow the standard devices only: a step may make nodes, and must not use the disk's.
        let cgroups = try CgroupSet.create(id: "build-" + id, limits: ResourceLimits(), layout: facts.cgroups)
        // An empty group that cannot be removed yet does no harm; the next start of the same id removes it.
        defer { try? cgroups.remove() }
        let request = LaunchRequest(
            plan: plan,
            cgroupDirectories: cgroups.directories,
            standardIO: .pipes(input: false),
            diesWithParent: true,
            beforeRelease: { try network.attach($0) }
        )
        let process = try Launcher.launch(request)
        // Mounted by now: the files themselves need no name any more.
        mounts.discardSecrets()
        try process.start()
        var relay = OutputRelay(vertex: execution.vertex, emit: execution.emit)
        if let output = process.takeStandardOutput(), let error = process.takeStandardError() {
            try relay.run(output: output, error: error)
        }
        let status: String
        switch try process.wait() {
        case .exited(0): return
        case .exited(let code): status = "exit code: \(code)"
        case .signaled(let signal): status = "signal: \(signal)"
        }
        var failure = StepFailure(
            step: "",
            what: "process \"\(execution.operation.commandText)\" did not complete successfully",
            why: status
        )
        failure.output = relay.lastLines
        throw failure
    }
}
