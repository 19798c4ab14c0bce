extension ContainerInspection {
    struct HostSettings: Encodable, Sendable {
        let Binds: [String]
        let NetworkMode: String
        let PortBindings: [String: [PortBinding]]
        let RestartPolicy: RestartPolicySetting
        let AutoRemove: Bool
        let Memory: Int64
        let MemorySwap: Int64
        let MemoryReservation: Int64
        let NanoCpus: Int64
        let CpuShares: UInt64
        let CpusetCpus: String
        let CpusetMems: String
        let PidsLimit: Int64
        let ReadonlyRootfs: Bool
        let Init: Bool
        let LogConfig: LogSettingsView
        let CpuPeriod: UInt64
        let CpuQuota: Int64
        let Privileged: Bool
        let PublishAllPorts: Bool
        let ContainerIDFile: String
        let ExtraHosts: [String]
        let CapAdd: [String]
        let CapDrop: [String]
        let SecurityOpt: [String]
        let Devices: [DeviceView]
        let DeviceRequests: [DeviceRequestView]
        let Ulimits: [UlimitView]
        let GroupAdd: [String]
        let Dns: [String]
        let DnsSearch: [String]
        let DnsOptions: [String]
        let Sysctls: [String: String]
        let Tmpfs: [String: String]
        let IpcMode: String
        let PidMode: String
        let UTSMode: String
        let UsernsMode: String
        let IDMappings: IDMapView?
        let ShmSize: Int64
        let OomScoreAdj: Int
        let MaskedPaths: [String]
        let ReadonlyPaths: [String]
        let Runtime: String
        let CgroupParent: String
        let CgroupnsMode: String
        let Annotations: [String: String]
        let BlkioWeight: UInt16
        let DeviceCgroupRules: [String]
        let OomKillDisable: Bool
        let MemorySwappiness: Int?
        let VolumesFrom: [String]?
        let CpuRealtimePeriod: Int64?
        let CpuRealtimeRuntime: Int64?
    }

    /// The maps of a user namespace in podman's words: `inside:outside:count`.
    struct IDMapView: Encodable, Sendable {
        let UidMap: [String]
        let GidMap: [String]
    }

    struct DeviceView: Encodable, Sendable {
        let PathOnHost: String
        let PathInContainer: String
        let CgroupPermissions: String
    }

    /// GPUs in the user's words: what is given for them is decided anew at each start.
    struct DeviceRequestView: Encodable, Sendable {
        let Driver: String
        let Options: [String: String]
    }

    struct UlimitView: Encodable, Sendable {
        let Name: String
        let Soft: Int64
        let Hard: Int64
    }
}
