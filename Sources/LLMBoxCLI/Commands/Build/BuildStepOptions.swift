internal import ArgumentParser
internal import Engine

/// How `RUN` steps are run; none of it makes another image, so none of it makes a cached step run again.
struct BuildStepOptions: ParsableArguments {
    @Option(help: "The network of RUN steps: default, bridge, none or host.") var network: String = "default"
    @Option(
        name: .customLong("add-host"),
        help: "Line for the steps' /etc/hosts, as NAME:ADDRESS or NAME:host-gateway."
    )
    var addHost: [String] = []
    @Option(name: .customLong("shm-size"), help: "Size of the steps' /dev/shm.") var shmSize: String?
    @Option(name: .customLong("cgroup-parent"), help: "The control group in which steps get theirs.")
    var cgroupParent: String?
    @Option(help: "Let the Dockerfile use network.host, security.insecure or device.") var allow: [String] = []
    @Option(help: "Agent or keys for `RUN --mount=type=ssh`: default, ID, ID=SOCKET or ID=KEY[,KEY].")
    var ssh: [String] = []
    @OptionGroup(title: "Limits of RUN steps") var limits: LimitOptionGroup
    @OptionGroup(title: "GPUs of RUN steps") var gpu: GPUOptionGroup
    @OptionGroup(title: "Rights of RUN steps") var rights: BuildRightsOptions

    /// Sets everything of the request that concerns steps.
    func apply(to request: inout BuildRequest) throws {
        guard let network = BuildRequest.Network(rawValue: network) else {
            throw BuildOptionError.invalid(option: "--network", value: network, allowed: "default, bridge, none, host")
        }
        request.network = network
        var flags = RunFlags(image: "")
        flags.extraHosts = addHost
        flags.shmSize = shmSize
        limits.apply(to: &flags)
        gpu.apply(to: &flags)
        rights.apply(to: &flags)
        request.steps = try StepSettings(flags, allow: allow, cgroupParent: cgroupParent)
        for name in ["LLMBOX_HOST_ROOT", "LLMBOX_DRIVER_ROOT", "LD_LIBRARY_PATH"] {
            request.steps.deviceEnvironment[name] = GlobalSettings.environment(name)
        }
        for text in ssh {
            let source = try SSHOptionText.source(text, environment: GlobalSettings.environment)
            guard !request.sshSources.contains(where: { $0.id == source.id }) else {
                throw SSHOptionError.repeated(source.id)
            }
            request.sshSources.append(source)
        }
    }
}
