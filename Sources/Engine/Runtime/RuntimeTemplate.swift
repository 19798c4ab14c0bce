internal import Glibc
internal import LaunchPlanning
internal import LinuxKernel
public import OCIModel

/// The documents that `spec` and `features` print.
public enum RuntimeTemplate {
    /// A `config.json` to begin with: a shell in Docker's default posture, and every namespace but the user's.
    public static func specification() throws -> RuntimeSpec {
        let facts = try HostFacts.probe()
        let host = SpecHost(
            kernel: KernelVersion(facts.kernelVersion.major, facts.kernelVersion.minor),
            platform: facts.machine == "aarch64" ? "arm64" : "amd64",
            boundingCapabilities: Capability.set(mask: facts.boundingCapabilities),
            cgroups: facts.cgroups.kind == .unified ? .unified : .legacy
        )
        var options = ContainerOptions()
        options.command = ["sh"]
        options.terminal = true
        options.isReadOnly = true
        let inputs = SpecInputs(
            id: "",
            hostname: "llmbox",
            rootPath: "rootfs",
            user: ResolvedUser(uid: 0, gid: 0, additionalGids: [], home: "/root"),
            cgroupsPath: ""
        )
        var spec = try SpecBuilder(image: ContainerConfig(), options: options, inputs: inputs, host: host).build()
        spec.linux?.cgroupsPath = nil
        spec.process?.noNewPrivileges = true
        return spec
    }

    /// Writes a `config.json` to begin with.
    ///
    /// - Throws: ``RuntimeError/bundle(path:reason:)`` where there is one already.
    public static func write(into bundle: String, rootless: Bool = false) throws {
        let path = bundle + "/config.json"
        guard access(path, F_OK) != 0 else {
            throw RuntimeError.bundle(path: bundle, reason: "`config.json` is there already")
        }
        let specification = try rootless ? withoutRoot(specification()) : specification()
        let document = try CanonicalJSON.encodePretty(specification)
        try AtomicFile.write(path, document + [UInt8(ascii: "\n")], mode: 0o644, durable: false)
    }

    /// The same for a user who is root nowhere: root inside is this user, and what belongs to the machine is the machine's.
    private static func withoutRoot(_ given: RuntimeSpec) -> RuntimeSpec {
        var spec = given
        // A network of its own would have no way out.
        spec.linux?.namespaces?.removeAll { $0.type == .network || $0.type == .user }
        spec.linux?.namespaces?.append(LinuxNamespace(.user))
        spec.linux?.uidMappings = [IDMappingSpec(containerID: 0, hostID: geteuid(), size: 1)]
        spec.linux?.gidMappings = [IDMappingSpec(containerID: 0, hostID: getegid(), size: 1)]
        spec.linux?.resources = nil
        // Parameters of a network that is the host's are the host's.
        spec.linux?.sysctl = nil
        spec.mounts = given.mounts?.map { mount in
            var mount = mount
            if mount.type == "sysfs" {
                // The kernel mounts one for the owner of the network only.
                mount.type = "none"
                mount.source = "/sys"
                mount.options = ["rbind", "nosuid", "noexec", "nodev", "ro"]
            }
            // Other users and groups do not exist inside.
            mount.options?.removeAll { $0.hasPrefix("gid=") || $0.hasPrefix("uid=") }
            return mount
        }
        return spec
    }

    /// What the runtime knows.
    public static func features() -> RuntimeFeatures { RuntimeFeatures() }
}

/// What a runtime knows, for engines that ask.
///
/// Source: OCI runtime-spec 1.2, features.md and features-linux.md.
public struct RuntimeFeatures: Codable, Sendable {
    /// The oldest version of the specification that is read.
    public var ociVersionMin = "1.0.0"
    /// The newest.
    public var ociVersionMax = "1.2.0"
    /// The hooks that are run.
    public var hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]
    /// The mount options that are understood.
    public var mountOptions = PlanCompiler.knownMountOptions
    /// What is Linux's own.
    public var linux = LinuxFeatures()
}

/// What a runtime knows of Linux.
public struct LinuxFeatures: Codable, Sendable {
    /// The namespaces.
    public var namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]
    /// The capabilities by name.
    public var capabilities = Capability.allCases.map(\.name)
    /// The control groups.
    public var cgroup = [
        "v1": true, "v2": true, "systemd": true, "systemdUser": false, "rdma": true,
    ]
    /// The system call filter.
    public var seccomp = SeccompFeatures()
    /// Labels of AppArmor.
    public var apparmor = ["enabled": true]
    /// Labels of SELinux.
    public var selinux = ["enabled": true]
    /// Shares of a processor's caches.
    public var intelRdt = ["enabled": true]
    /// What mounts can do besides their options.
    public var mountExtensions = ["idmap": ["enabled": true]]
}

/// What a runtime knows of system call filters.
public struct SeccompFeatures: Codable, Sendable {
    /// Whether there are any.
    public var enabled = true
    /// The actions.
    public var actions = [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
        "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ]
    /// The comparisons.
    public var operators = [
        "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
    ]
    /// The architectures.
    public var archs = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"]
    /// The flags of a filter.
    public var knownFlags = [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ]
}
