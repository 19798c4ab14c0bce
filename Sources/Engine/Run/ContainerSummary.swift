/// A container on one line, as `ps` shows it.
public struct ContainerSummary: Sendable {
    /// The 64 digits of the id.
    public var id: String
    /// The name.
    public var name: String
    /// The image as the user named it.
    public var image: String
    /// The image's id.
    public var imageID: String
    /// The program and its arguments.
    public var command: [String]
    /// When it was made, in RFC 3339.
    public var created: String
    /// The phase: `created`, `running`, `paused`, `restarting`, `exited` or `dead`.
    public var state: String
    /// The exit code of the last process that ended.
    public var exitCode: Int32
    /// When the process was last started, in RFC 3339.
    public var startedAt: String?
    /// When the process last ended, in RFC 3339.
    public var finishedAt: String?
    /// What the health probes found.
    public var health: String?
    /// The published ports, as `0.0.0.0:8080->80/tcp`.
    public var ports: [String]
    /// The labels.
    public var labels: [String: String]
    /// The sources of the mounts: paths, or names of volumes.
    public var mounts: [String]
    /// Where they are, inside.
    public var mountPoints: [String]
    /// How many of the mounts are volumes.
    public var volumeCount: Int
    /// The kind of network.
    public var network: String
    /// The platform that its programs are for, as `linux/amd64`.
    public var platform: String
}
