/// What a container is: written once when it is made, and never changed by running it.
///
/// Stored as `record.json` in the container's directory. What may change is in ``ContainerState``.
public struct ContainerRecord: Codable, Equatable, Sendable {
    /// The 64 hexadecimal digits of the container's id.
    public var id: String
    /// The name, without a leading slash.
    public var name: String
    /// The image as the user named it, for display.
    public var image: String
    /// The image's id, `sha256:` and 64 digits.
    public var imageID: String
    /// The processor that its programs are for, in Go's words; nil for this machine's.
    public var architecture: String?
    /// When the container was made.
    public var created: Timestamp
    /// The program and its arguments, entry point first, for display.
    public var command: [String]
    /// Labels of the image and of the container.
    public var labels: [String: String] = [:]
    /// The host name inside.
    public var hostname: String = ""
    /// Whether the process gets a terminal.
    public var terminal = false
    /// Whether the process gets a standard input that stays open.
    public var openStandardInput = false
    /// Whether the standard input ends when the input of an attached client does; not with `-d`, which leaves it open.
    public var closesInputWithClient: Bool?
    /// Whether it was asked to have every right, for display.
    public var isPrivileged: Bool?
    /// Whether all exposed ports were asked to be published, for display.
    public var publishesAll: Bool?
    /// Whether the container removes itself when it has ended.
    public var autoRemove = false
    /// When the container is started again.
    public var restartPolicy = RestartPolicy.no
    /// The number of the signal that asks the process to end.
    public var stopSignal: Int32 = 15
    /// Seconds between the stop signal and SIGKILL.
    public var stopTimeout = 10
    /// How health is examined, if at all.
    public var healthCheck: HealthCheck?
    /// The cgroup limits.
    public var limits = ResourceLimits()
    /// The users of the container's own user namespace; nil where it has none.
    public var userMappings: [IDMapping]?
    /// The groups of that namespace.
    public var groupMappings: [IDMapping]?
    /// Whose ids its files have on the disk; nil where that is the same.
    public var idPlacement: IDPlacement?
    /// Whether its ids were chosen to be nobody else's.
    public var reservesIDs: Bool?
    /// How the container reaches the network.
    public var network = NetworkSettings(mode: .none)
    /// Namespaces of other containers that this one shares, besides the network; nil where there are none.
    public var namespaces: [SharedNamespace]?
    /// Where its control groups are below each hierarchy's root; nil for llmbox's own place.
    public var cgroupParent: String?
    /// The runtime that starts it instead of llmbox itself.
    public var runtime: ForeignRuntime?
    /// Where output goes.
    public var log = LogSettings()
    /// The mounts as the user asked for them, for display.
    public var mounts: [MountSummary] = []
    /// Names of the anonymous volumes that go with the container under `--rm`.
    public var anonymousVolumes: [String] = []
    /// File systems of volumes that are mounted while the container runs.
    public var volumeFilesystems: [VolumeFilesystem]?
    /// The images that are mounted in the container, as ids; they stay as long as the container.
    public var mountedImages: [String]?
    /// The layers of those images, as absolute paths.
    public var mountedLayers: [String]?
    /// The layers below the container's own, topmost first, as absolute paths; garbage collection keeps them.
    public var lowerDirectories: [String] = []

    /// Describes a container; everything else begins with its default.
    public init(
        id: String,
        name: String,
        image: String,
        imageID: String,
        created: Timestamp,
        command: [String]
    ) {
        self.id = id
        self.name = name
        self.image = image
        self.imageID = imageID
        self.created = created
        self.command = command
    }

    /// The `CLONE_NEW*` bits of namespaces that exist before the container does and outlive it, the host's aside.
    public var sharedNamespaces: UInt64 {
        let sharesNetwork = network.mode == .container || network.mode == .namespace
        return (namespaces ?? []).reduce(sharesNetwork ? 0x4000_0000 : 0) { $0 | $1.kind.bit }
    }

    /// The first twelve digits of the id, as people see it.
    public var shortID: String { String(id.prefix(12)) }
}
