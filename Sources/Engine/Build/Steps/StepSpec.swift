internal import BuildPlanning
internal import ContainerRuntime
internal import DeviceInterface
internal import Diagnostics
internal import DockerfileSyntax
internal import GPUPlanning
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel

/// The runtime specification of one step.
struct StepSpec {
    private let execution: StepExecution
    private let mounts: StepMounts
    private let scratch: StepScratch
    private let network: StepNetwork
    private let facts: HostFacts

    init(
        _ execution: StepExecution,
        _ mounts: StepMounts,
        _ scratch: StepScratch,
        _ network: StepNetwork,
        _ facts: HostFacts
    ) {
        self.execution = execution
        self.mounts = mounts
        self.scratch = scratch
        self.network = network
        self.facts = facts
    }

    /// Builds it; `trees` are the image's layers, topmost first.
    func spec(trees: [String]) throws -> RuntimeSpec {
        let operation = execution.operation
        let files = ImageFiles(trees: trees)
        let user = try UserLookup.resolve(
            operation.user,
            passwd: files.read("etc/passwd", limit: UserLookup.fileLimit),
            group: files.read("etc/group", limit: UserLookup.fileLimit)
        )
        let options = try options()
        var inputs = SpecInputs(
            id: String(repeating: "0", count: 64),
            hostname: hostname,
            rootPath: "rootfs",
            user: user,
            cgroupsPath: "/llmbox/build"
        )
        // As in BuildKit: what a step writes down of its environment must not depend on who builds.
        inputs.exportsHostname = false
        inputs.hostsFile = try hostsFile()
        let resolver = ResolvConf.text(
            // A host without the file has no name service, and neither has the step.
            host: (try? FileIO.readText(path: "/etc/resolv.conf")) ?? "",
            wishes: .init(),
            sharesHostNetwork: network.isHost
        )
        inputs.resolvConfFile = try scratch.file("resolv.conf", Array(resolver.utf8), mode: 0o644)
        var host = SpecHost(
            kernel: KernelVersion(facts.kernelVersion.major, facts.kernelVersion.minor),
            // Of the processor, whatever the step's programs are for: an emulator makes the system calls of this machine.
            platform: Platform.host.architecture,
            boundingCapabilities: Capability.set(mask: facts.boundingCapabilities),
            // Its own groups are the roots of what it sees: what it writes down does not depend on their names, and
            // programs that look for their limits find those of the command line.
            cgroups: facts.cgroups.specKind,
            devices: options.isPrivileged ? HostDevices.all() : []
        )
        host.describeUsers()
        var spec = try SpecBuilder(image: ContainerConfig(), options: options, inputs: inputs, host: host).build()
        let given = execution.request.steps.run.flags
        try AppArmorProfile.apply(
            to: &spec,
            securityOptions: given.securityOptions,
            isPrivileged: options.isPrivileged
        )
        return spec
    }

    private var hostname: String { execution.operation.hostname ?? "llmbox-build" }

    private func options() throws -> ContainerOptions {
        let operation = execution.operation
        // What the command line limits; every other wish of a container's is the Dockerfile's to have.
        let given = execution.request.steps.run.options
        var options = ContainerOptions()
        options.shmSize = given.shmSize
        options.ulimits = given.ulimits
        options.oomScoreAdj = given.oomScoreAdj
        options.seccomp = given.seccomp
        options.noNewPrivileges = given.noNewPrivileges
        options.addedCapabilities = given.addedCapabilities
        options.droppedCapabilities = given.droppedCapabilities
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
        // Planning has refused both where the caller did not allow them; asked again where they take effect.
        options.isPrivileged = try operation.security == .insecure && require(.insecure)
        options.devices = try devices() + execution.request.steps.run.devices.map(HostDevices.describe)
        options.network = network.isHost ? .host : .own
        return options
    }

    private func devices() throws -> [HostDevice] {
        try execution.operation.devices.compactMap { device in
            guard device.name.hasPrefix("/"), try require(.device) else { return nil }
            do {
                return try HostDevices.describe(DeviceArgument.parse(device.name))
            } catch RunError.sourceMissing where !device.isRequired {
                goOnWithout(device.name, "this machine does not have it")
                return nil
            }
        }
    }

    private func goOnWithout(_ device: String, _ reason: String) {
        execution.emit(.note(vertex: execution.vertex, "going on without the device `\(device)`: \(reason)"))
    }

    /// What the step gets of GPUs and of devices with specifications; nil where it asks for none.
    func placement(in spec: inout RuntimeSpec, trees: [String], scratch: StepScratch) throws -> DevicePlacement? {
        let settings = execution.request.steps
        var wishes = settings.run.deviceWishes
        let asked = execution.operation.devices.filter { !$0.name.hasPrefix("/") }
        if !asked.isEmpty {
            let root = settings.deviceEnvironment["LLMBOX_HOST_ROOT"] ?? "/"
            let registry = try SpecificationFiles(hostRoot: root).registry()
            for device in asked {
                do throws(SpecificationError) {
                    _ = try registry.resolve([device.name])
                } catch {
                    let why = error.why ?? "it cannot be used"
                    if device.isRequired {
                        throw StepFailure(step: "", what: error.what, why: why, remedy: error.remedy)
                    }
                    goOnWithout(device.name, why)
                    continue
                }
                if try require(.device) { wishes.names.append(device.name) }
            }
        }
        var placement = try DevicePlacement(
            wishes,
            in: &spec,
            files: ImageFiles(trees: trees),
            // Nothing of a driver may get into the layer: another machine has another one.
            keepsImage: true,
            environment: { settings.deviceEnvironment[$0] }
        )
        if placement != nil { try placement?.prepare(scratch.directory("devices")) }
        for finding in placement?.warnings ?? [] {
            execution.emit(.warning(finding.description))
        }
        return placement
    }

    private func require(_ right: BuildEntitlement) throws -> Bool {
        guard execution.request.steps.allowed.contains(right) else {
            throw StepFailure(
                step: "",
                what: "cannot give the step `\(right.rawValue)`",
                why: "it was not allowed",
                remedy: "if you trust this Dockerfile, build with `--allow \(right.rawValue)`"
            )
        }
        return true
    }

    private func hostsFile() throws -> String {
        let extra = execution.request.steps.run.extraHosts
        guard network.isHost else {
            let text = HostsFile.text(hostname: hostname, addresses: [], extra: extra, gateway: network.gateway)
            return try scratch.file("hosts", Array(text.utf8), mode: 0o644)
        }
        // A host without the file knows no names. A copy in any case, which the step may scribble on.
        var text = (try? FileIO.readText(path: "/etc/hosts")) ?? ""
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        text += HostsFile.resolved(extra, gateway: "127.0.0.1").map { $0 + "\n" }.joined()
        return try scratch.file("hosts", Array(text.utf8), mode: 0o644)
    }
}
