/// What the command line of `run` and `create` says, in the user's own words.
///
/// Nothing is understood here; ``RunRequest`` is what becomes of it.
public struct RunFlags: Sendable {
    /// When an image is fetched.
    public enum Pull: String, Sendable, CaseIterable {
        /// When it is not in the store.
        case missing
        /// Every time.
        case always
        /// Never.
        case never
    }

    /// The image.
    public var image: String
    /// What stands behind the image.
    public var command: [String] = []
    /// The value of `--name`.
    public var name: String?
    /// The values of `-a`; nil where nothing was said.
    public var attachedStreams: [String]?
    /// Whether a container that has the name goes.
    public var replaces = false
    /// The value of `--pull`.
    public var pull = Pull.missing
    /// The value of `--platform`.
    public var platform: String?
    /// The value of `--entrypoint`.
    public var entrypoint: String?
    /// The value of `-e`.
    public var environment: [String] = []
    /// The value of `--env-file`.
    public var environmentFiles: [String] = []
    /// The value of `-w`.
    public var workingDirectory: String?
    /// The value of `-u`.
    public var user: String?
    /// The value of `--group-add`.
    public var groups: [String] = []
    /// The value of `--hostname`.
    public var hostname: String?
    /// The value of `--domainname`.
    public var domainname: String?
    /// The value of `--network`.
    public var networks: [String] = []
    /// The value of `--network-alias`.
    public var networkAliases: [String] = []
    /// The value of `--ip`.
    public var address: String?
    /// The value of `--ip6`.
    public var address6: String?
    /// The value of `--mac-address`.
    public var hardwareAddress: String?
    /// The values of `--link-local-ip`.
    public var linkLocalAddresses: [String] = []
    /// The value of `--publish-default-address`.
    public var publishAddress: String?
    /// The value of `-p`.
    public var ports: [String] = []
    /// The value of `-P`.
    public var publishesAll = false
    /// The value of `--expose`.
    public var exposed: [String] = []
    /// The value of `--add-host`.
    public var extraHosts: [String] = []
    /// The value of `--dns`.
    public var dns: [String] = []
    /// The value of `--dns-search`.
    public var dnsSearch: [String] = []
    /// The value of `--dns-option`.
    public var dnsOptions: [String] = []
    /// Whether `--rdma` or `--rdma-device` was given.
    public var usesRemoteMemory = false
    /// The values of `--rdma-device`.
    public var remoteMemoryDevices: [String] = []
    /// The value of `-v`.
    public var volumes: [String] = []
    /// The value of `--mount`.
    public var mounts: [String] = []
    /// The value of `--volumes-from`.
    public var volumesFrom: [String] = []
    /// The value of `--tmpfs`.
    public var tmpfs: [String] = []
    /// The value of `--read-only`.
    public var isReadOnly = false
    /// The value of `--shm-size`.
    public var shmSize: String?
    /// The value of `-m`.
    public var memory: String?
    /// The value of `--memory-swap`.
    public var memorySwap: String?
    /// The value of `--memory-reservation`.
    public var memoryReservation: String?
    /// The value of `--cpus`.
    public var cpus: String?
    /// The value of `--cpu-period`.
    public var cpuPeriod: UInt64?
    /// The value of `--cpu-quota`.
    public var cpuQuota: Int64?
    /// The value of `--cpu-shares`.
    public var cpuShares: UInt64?
    /// The value of `--cpuset-cpus`.
    public var cpusetCPUs: String?
    /// The value of `--cpuset-mems`.
    public var cpusetMems: String?
    /// The value of `--pids-limit`.
    public var pidsLimit: Int64?
    /// The value of `--oom-score-adj`.
    public var oomScoreAdj: Int?
    /// The value of `--ulimit`.
    public var ulimits: [String] = []
    /// The value of `--cap-add`.
    public var addedCapabilities: [String] = []
    /// The value of `--cap-drop`.
    public var droppedCapabilities: [String] = []
    /// The value of `--security-opt`.
    public var securityOptions: [String] = []
    /// The value of `--privileged`.
    public var isPrivileged = false
    /// The value of `--device`.
    public var devices: [String] = []
    /// The values of `--gpus`.
    public var gpus: [String] = []
    /// Whether an image's demands on the driver are overruled.
    public var ignoresGPURequirements = false
    /// The value of `--cuda-compat`.
    public var cudaCompatibility: String?
    /// The value of `--sysctl`.
    public var sysctls: [String] = []
    /// The value of `--ipc`.
    public var ipc: String?
    /// The value of `--pid`.
    public var pid: String?
    /// The value of `--userns`.
    public var userNamespace: String?
    /// The values of `--uidmap`, `--gidmap`, `--subuidname` and `--subgidname`.
    public var idMaps = IDMapFlags()
    /// The value of `--uts`.
    public var uts: String?
    /// The value of `--init`; nil where nothing was said.
    public var usesInit: Bool?
    /// Whether containers of models get Docker's defaults, too; nil where nothing was said.
    public var usesDockerDefaults: Bool?
    /// The value of `-t`.
    public var terminal = false
    /// The value of `-i`.
    public var openInput = false
    /// The value of `--log-driver`.
    public var logDriver: String?
    /// The value of `--log-opt`.
    public var logOptions: [String] = []
    /// The value of `-d`.
    public var isDetached = false
    /// The value of `--rm`.
    public var autoRemove = false
    /// The value of `--restart`.
    public var restart: String?
    /// The value of `--stop-signal`.
    public var stopSignal: String?
    /// The value of `--stop-timeout`.
    public var stopTimeout: Int?
    /// The value of `--label`.
    public var labels: [String] = []
    /// The value of `--health-cmd`.
    public var healthCommand: String?
    /// The value of `--health-interval`.
    public var healthInterval: String?
    /// The value of `--health-timeout`.
    public var healthTimeout: String?
    /// The value of `--health-start-period`.
    public var healthStartPeriod: String?
    /// The value of `--health-start-interval`.
    public var healthStartInterval: String?
    /// The value of `--health-on-failure`.
    public var healthOnFailure: String?
    /// The value of `--health-retries`.
    public var healthRetries: Int?
    /// The value of `--no-healthcheck`.
    public var noHealthCheck = false
    /// Options that few command lines have.
    public var rare = RareFlags()
    /// The size of the caller's terminal.
    public var terminalSize: (rows: UInt16, columns: UInt16)?
    /// The caller's working directory, to which relative paths are relative.
    public var currentDirectory = "/"

    /// Makes the command line that names only an image.
    public init(image: String) {
        self.image = image
    }
}
