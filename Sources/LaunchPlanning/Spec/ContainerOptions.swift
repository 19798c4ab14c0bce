public import OCIModel

/// What a user asked for about one container; everything begins with Docker's default.
public struct ContainerOptions: Sendable {
    /// Whose network a container uses.
    public enum NetworkNamespace: Hashable, Sendable {
        /// Its own.
        case own
        /// The host's.
        case host
        /// An existing one.
        case path(String)
    }

    /// Whose IPC objects and shared memory a container uses.
    public enum IPC: String, Hashable, Sendable {
        /// Its own.
        case own = "private"
        /// The host's.
        case host
        /// Its own, without `/dev/shm`.
        case none
        /// Another container's, with that one's `/dev/shm`.
        case joined
    }

    /// Which system calls are filtered.
    public enum Seccomp: Sendable {
        /// By Docker's default profile.
        case standard
        /// None.
        case unconfined
        /// By a profile of the user's.
        case profile(SeccompProfileDocument)
    }

    /// The arguments behind the image; the image's CMD when empty.
    public var command: [String] = []
    /// What replaces the image's ENTRYPOINT; an empty list removes it.
    public var entrypoint: [String]?
    /// Variables as `NAME=value`, later ones win.
    public var environment: [String] = []
    /// The working directory; the image's when nil.
    public var workingDirectory: String?
    /// The NIS domain name.
    public var domainname: String?
    /// Whether the process gets a terminal.
    public var terminal = false
    /// Whether the container gets every right that llmbox has.
    public var isPrivileged = false
    /// Capabilities to add.
    public var addedCapabilities: [String] = []
    /// Capabilities to take away.
    public var droppedCapabilities: [String] = []
    /// The system call filter.
    public var seccomp = Seccomp.standard
    /// Whether the process can never gain privileges.
    public var noNewPrivileges = false
    /// Whether the root filesystem is read-only.
    public var isReadOnly = false
    /// Bytes of `/dev/shm`; 64 MiB when nil.
    public var shmSize: Int64?
    /// The network namespace.
    public var network = NetworkNamespace.own
    /// The IPC namespace.
    public var ipc = IPC.own
    /// Whether the process sees the host's processes.
    public var usesHostPIDs = false
    /// Whether the container shares the host's host name.
    public var usesHostUTS = false
    /// Existing namespaces to join instead of having new ones, by the path of each.
    public var namespacePaths: [LinuxNamespace.Kind: String] = [:]
    /// Paths that are as the kernel has them although they are hidden or read-only otherwise; `*` ends any of them.
    public var shownPaths: [String] = []
    /// Paths that are hidden besides the usual ones.
    public var hiddenPaths: [String] = []
    /// The AppArmor profile.
    public var appArmorProfile: String?
    /// The SELinux label of the process.
    public var selinuxLabel: String?
    /// Whether the process sees the host's control groups.
    public var usesHostCgroupNamespace = false
    /// Rules for devices besides those of ``devices``.
    public var deviceRules: [LinuxDeviceRule] = []
    /// Free text by key.
    public var annotations: [String: String] = [:]
    /// The users of a user namespace of the container's own; it has none when empty.
    public var userMappings: [IDMappingSpec] = []
    /// The groups of that namespace.
    public var groupMappings: [IDMappingSpec] = []
    /// The limits of the process.
    public var ulimits: [ResourceLimitSpec] = []
    /// Device nodes besides the default ones.
    public var devices: [HostDevice] = []
    /// Kernel parameters.
    public var sysctls: [String: String] = [:]
    /// How likely the kernel is to kill the container when memory runs out.
    public var oomScoreAdj: Int?
    /// Mounts whose sources are resolved.
    public var mounts: [ResolvedMount] = []
    /// Limits of the control groups.
    public var resources = LinuxResources()

    /// Makes a request without wishes.
    public init() {}
}

/// A mount whose source is a path of the host's.
public struct ResolvedMount: Hashable, Sendable {
    /// The path on the host; nil for memory.
    public var source: String?
    /// Where, inside.
    public var destination: String
    /// Options as fstab writes them.
    public var options: [String]

    /// A bind mount.
    ///
    /// - Parameters:
    ///   - source: the path on the host.
    ///   - destination: where, inside.
    ///   - isReadOnly: whether it cannot be written.
    ///   - propagation: such as `rprivate`, which is the default.
    ///   - isRecursive: whether mounts below the source come along.
    ///   - attributes: further attributes, such as `noexec`.
    /// - Returns: the mount.
    public static func bind(
        _ source: String,
        at destination: String,
        isReadOnly: Bool = false,
        propagation: String? = nil,
        isRecursive: Bool = true,
        attributes: [String] = []
    ) -> ResolvedMount {
        var options = [isRecursive ? "rbind" : "bind", propagation ?? "rprivate"]
        if isReadOnly { options.append(isRecursive ? "rro" : "ro") }
        options += attributes
        return ResolvedMount(source: source, destination: destination, options: options)
    }

    /// A filesystem in memory.
    public static func tmpfs(at destination: String, options: [String]) -> ResolvedMount {
        ResolvedMount(source: nil, destination: destination, options: ["nosuid", "nodev", "noexec"] + options)
    }
}
