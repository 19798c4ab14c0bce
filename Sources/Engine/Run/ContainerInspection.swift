/// A container in docker's words, as `inspect` prints it.
public struct ContainerInspection: Encodable, Sendable {
    /// What it does.
    public struct State: Encodable, Sendable {
        // The names are docker's, which is why they are not documented one by one.
        let Status: String
        let Running: Bool
        let Paused: Bool
        let Restarting: Bool
        let OOMKilled: Bool
        let Dead: Bool
        let Pid: Int32
        let ExitCode: Int32
        let Error: String
        let StartedAt: String
        let FinishedAt: String
        let Health: Health?
    }

    struct Health: Encodable, Sendable {
        struct Probe: Encodable, Sendable {
            let Start: String
            let End: String
            let ExitCode: Int32
            let Output: String
        }

        let Status: String
        let FailingStreak: Int
        let Log: [Probe]
    }

    struct RestartPolicySetting: Encodable, Sendable {
        let Name: String
        let MaximumRetryCount: Int
    }

    struct PortBinding: Encodable, Sendable {
        let HostIp: String
        let HostPort: String
    }

    struct MountPoint: Encodable, Sendable {
        let `Type`: String
        let Name: String?
        let Source: String
        let Destination: String
        let RW: Bool
        let Mode: String
        let Driver: String?
        let Propagation: String
    }

    struct Settings: Encodable, Sendable {
        let Hostname: String
        let User: String
        let Tty: Bool
        let OpenStdin: Bool
        let Env: [String]
        let Cmd: [String]?
        let Entrypoint: [String]?
        let Volumes: [String: [String: String]]?
        let ExposedPorts: [String: [String: String]]?
        let Domainname: String
        let AttachStdin: Bool
        let AttachStdout: Bool
        let AttachStderr: Bool
        let StdinOnce: Bool
        let Healthcheck: HealthSettingsView?
        let Image: String
        let WorkingDir: String
        let Labels: [String: String]
        let StopSignal: String
        let StopTimeout: Int
    }

    struct HealthSettingsView: Encodable, Sendable {
        let Test: [String]
        let Interval: Int64
        let Timeout: Int64
        let StartPeriod: Int64
        let StartInterval: Int64
        let Retries: Int
    }

    struct LogSettingsView: Encodable, Sendable {
        let `Type`: String
        let Config: [String: String]
    }

    struct DefaultSetting: Encodable, Sendable {
        let Name: String
        let Value: String
        let Reason: String
    }

    struct Driver: Encodable, Sendable {
        let Name: String
        let Data: [String: String]
    }

    struct Network: Encodable, Sendable {
        /// The file by which others can enter the container's network.
        let SandboxKey: String
        let EndpointID: String
        let IPAddress: String
        let Gateway: String
        let IPPrefixLen: UInt8
        let IPv6Gateway: String
        let GlobalIPv6Address: String
        let GlobalIPv6PrefixLen: UInt8
        let MacAddress: String
        let Ports: [String: [PortBinding]?]
        let Networks: [String: Endpoint]
    }

    /// Adds what was counted.
    public mutating func count(_ size: ContainerService.Size) {
        SizeRw = size.own
        SizeRootFs = size.own + size.image
    }

    let Id: String
    let Created: String
    let Path: String
    let Args: [String]
    let State: State
    let Image: String
    let ResolvConfPath: String
    let HostnamePath: String
    let HostsPath: String
    let LogPath: String
    let Name: String
    let Driver: String
    let Platform: String
    let GraphDriver: Driver
    let RestartCount: Int
    let ProcessLabel: String
    let MountLabel = ""
    let AppArmorProfile: String
    /// Bytes that it has written, and those with its image; only where somebody wants them counted.
    private(set) var SizeRw: Int64?
    private(set) var SizeRootFs: Int64?
    let HostConfig: HostSettings
    let Mounts: [MountPoint]
    let Config: Settings
    let NetworkSettings: Network
    /// Ours alone: what nobody asked for, and why the container has it.
    let Defaults: [DefaultSetting]
}
