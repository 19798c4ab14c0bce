internal import BuildPlanning
internal import ContainerRuntime
internal import Diagnostics
internal import DockerfileSyntax
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel
internal import Storage
internal import Synchronization
internal import SystemPackage

/// Runs a step as a container whose upper directory becomes the layer.
struct ProcessStepRunner: StepRunner {
    private let facts = KnownFacts()

    func run(_ execution: StepExecution) throws -> StoredLayer {
        let workspace = try execution.store.makeWorkspace()
        let scratch = try StepScratch(workspace)
        let trees = LayerStack.directories(of: execution.parents)
        let lower = trees.isEmpty ? [try scratch.directory("empty")] : trees
        let view = try ImageView(execution.parents, orEmpty: workspace.upper.string)
        let mounts = try StepMounts(execution, scratch: scratch)
        let facts = try facts.value()
        let emulation = try Emulation.prepare(execution.operation.platform.architecture)
        if let note = emulation?.note { execution.emit(.note(vertex: execution.vertex, note)) }
        // The kernel may forget the emulator when nobody holds it.
        defer { withExtendedLifetime(emulation) {} }
        let id = String(workspace.directory.lastComponent?.string.filter { $0.isLetter || $0.isNumber } ?? "step")
        let network = try StepNetwork(execution, id: "build-" + id, directory: workspace.directory.string)
        if let reason = network.fallback { execution.emit(.warning(reason)) }
        defer { network.release() }
        let step = StepSpec(execution, mounts, scratch, network, facts)
        var spec = try step.spec(trees: trees)
        let devices = try step.placement(in: &spec, trees: trees, scratch: scratch)
        let stubs = MountStubs((spec.mounts?.map(\.destination) ?? []) + (devices?.targets ?? []), view: view)
        let overlay = OverlayRoot(
            lower: lower,
            upper: workspace.upper.string,
            work: workspace.work.string,
            volatile: true,
            userAttributes: false
        )
        let limits = limits(execution, spec)
        var inputs = PlanInputs(
            root: .overlay(overlay),
            cgroups: try facts.cgroups.planView(limits)
        )
        inputs.views = mounts.views
        inputs.deviceOperations = try devices?.operations() ?? []
        let plan = try PlanCompiler.compile(spec, inputs)
        try launch(plan, limits, execution, id: id, facts: facts, network: network, mounts: mounts)
        try MountStubs.removeLinks(devices?.links ?? [], from: workspace.upper.string)
        try stubs.remove(from: workspace.upper.string, view: view)
        return try execution.folding.commit(workspace, of: execution)
    }

    private func limits(_ execution: StepExecution, _ spec: RuntimeSpec) -> ResourceLimits {
        var limits = execution.request.steps.run.limits
        // The standard devices, unless the caller allowed more: a step may make nodes, and must not use the disk's.
        if let rules = spec.linux?.resources?.devices { limits.devices = rules.map(DeviceRule.init) }
        return limits
    }

    private func launch(
        _ plan: LaunchPlan,
        _ limits: ResourceLimits,
        _ execution: StepExecution,
        id: String,
        facts: HostFacts,
        network: StepNetwork,
        mounts: StepMounts
    ) throws {
        let cgroup = try StepCgroup(
            CgroupSet.ownedName("build", id),
            limits: limits,
            layout: facts.cgroups,
            parent: execution.request.steps.cgroupParent
        )
        defer { cgroup.remove() }
        var request = LaunchRequest(
            plan: plan,
            cgroupDirectories: cgroup.directories,
            standardIO: .pipes(input: false),
            diesWithParent: true,
            beforeRelease: { try network.attach($0) }
        )
        request.passedMounts = mounts.passed.descriptors
        let process = try Launcher.launch(request)
        // Mounted by now: the files themselves need no name any more.
        mounts.discardSecrets()
        try process.start()
        var relay = OutputRelay(vertex: execution.vertex, emit: execution.emit)
        if let output = process.takeStandardOutput(), let error = process.takeStandardError() {
            try relay.run(output: output, error: error, of: process, until: execution.cancellation)
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
        if let memory = execution.request.steps.run.flags.memory, cgroup.wasShortOfMemory {
            failure.why = status + ": the step needed more memory than `--memory \(memory)` gives it"
            failure.remedy = "raise `--memory`, or leave it out"
        }
        failure.output = relay.lastLines
        throw failure
    }
}

/// What the machine offers, found out by the first step that asks: it does not change during a build.
private final class KnownFacts: Sendable {
    private let known = Mutex<HostFacts?>(nil)

    func value() throws -> HostFacts {
        try known.withLock { known in
            if let known { return known }
            let probed = try HostFacts.probe()
            known = probed
            return probed
        }
    }
}
