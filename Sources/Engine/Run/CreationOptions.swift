internal import LaunchPlanning
internal import OCIModel

/// What the command line said of a container, as far as only `inspect` wants to know it again.
struct CreationOptions: Codable {
    /// A setting that nobody asked for and that is not Docker's.
    struct AppliedDefault: Codable {
        var name: String
        var value: String
        var reason: String
    }

    /// A device node of the host's.
    struct Device: Codable {
        var source: String
        var destination: String
        var access: String
    }

    /// A limit of the process.
    struct Ulimit: Codable {
        var name: String
        var soft: Int64
        var hard: Int64
    }

    var addedCapabilities: [String] = []
    var droppedCapabilities: [String] = []
    var securityOptions: [String] = []
    var devices: [Device] = []
    var gpus: [String] = []
    var ulimits: [Ulimit] = []
    var groups: [String] = []
    var dns: [String] = []
    var dnsSearch: [String] = []
    var dnsOptions: [String] = []
    var sysctls: [String: String] = [:]
    var tmpfs: [String: String] = [:]
    var ipc = "private"
    var pid = ""
    var uts = ""
    var userNamespace = ""
    var sharedMemory: Int64 = 64 << 20
    var oomScoreAdj = 0
    var domainname = ""
    var containerIDFile = ""
    var cgroupNamespace = "private"
    var annotations: [String: String] = [:]
    var deviceRules: [String] = []
    var disablesOutOfMemoryKill = false
    var volumesFrom: [String]?
    var swappiness: Int?
    /// The streams that were attached when it was made; nil is output and errors.
    var attached: [String]?
    /// What was chosen for it as a container of a model.
    var defaults: [AppliedDefault] = []

    /// A container of which nothing is known.
    init() {}

    /// Takes over what was asked for, and what was chosen where nothing was.
    init(_ request: RunRequest, _ options: ContainerOptions, _ defaults: ModelDefaults?) {
        let flags = request.flags
        addedCapabilities = flags.addedCapabilities
        droppedCapabilities = flags.droppedCapabilities
        securityOptions = flags.securityOptions
        devices = options.devices.map {
            Device(source: $0.hostPath, destination: $0.containerPath, access: $0.access)
        }
        gpus = flags.gpus
        ulimits = options.ulimits.map { limit in
            Ulimit(
                name: String(limit.type.dropFirst("RLIMIT_".count)).lowercased(),
                soft: limit.soft == .max ? -1 : Int64(clamping: limit.soft),
                hard: limit.hard == .max ? -1 : Int64(clamping: limit.hard)
            )
        }
        groups = flags.groups
        (dns, dnsSearch, dnsOptions) = (flags.dns, flags.dnsSearch, flags.dnsOptions)
        sysctls = options.sysctls
        for text in flags.tmpfs {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            tmpfs[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        ipc = flags.ipc ?? "private"
        pid = flags.pid ?? ""
        uts = flags.uts ?? ""
        userNamespace = flags.userNamespace ?? (flags.idMaps.isEmpty ? "" : "private")
        sharedMemory = options.ipc == .own ? options.shmSize ?? 64 << 20 : 0
        oomScoreAdj = flags.oomScoreAdj ?? 0
        domainname = flags.domainname ?? ""
        cgroupNamespace = options.usesHostCgroupNamespace ? "host" : "private"
        annotations = options.annotations
        deviceRules = flags.rare.deviceRules
        volumesFrom = flags.volumesFrom.isEmpty ? nil : flags.volumesFrom
        disablesOutOfMemoryKill = flags.rare.disablesOutOfMemoryKill
        swappiness = flags.rare.swappiness
        attached = flags.isDetached ? [] : flags.attachedStreams
        self.defaults = (defaults?.settings ?? []).map {
            AppliedDefault(name: $0.name, value: $0.value, reason: $0.reason)
        }
    }
}
