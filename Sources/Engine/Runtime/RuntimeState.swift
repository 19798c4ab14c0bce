internal import ContainerRuntime

/// A container as `state` and `list` show it.
///
/// Source: OCI runtime-spec 1.2, runtime.md, "State"; `rootfs`, `created` and `owner` are runc's.
public struct RuntimeState: Codable, Sendable {
    /// The version of the specification.
    public var ociVersion: String
    /// The container's id.
    public var id: String
    /// The first process as the host numbers it; 0 when it has ended.
    public var pid: Int32
    /// What it is doing.
    public var status: String
    /// The bundle's directory.
    public var bundle: String
    /// The root filesystem.
    public var rootfs: String
    /// When it was made.
    public var created: String
    /// The annotations of the specification.
    public var annotations: [String: String]?
    /// The name of the user that made it.
    public var owner: String

    init(_ record: RuntimeRecord, _ status: RuntimeStatus) {
        ociVersion = record.ociVersion
        id = record.id
        pid = status == .stopped ? 0 : record.process.pid
        self.status = status.rawValue
        bundle = record.bundle
        rootfs = record.rootfs
        created = record.created
        annotations = record.annotations.isEmpty ? nil : record.annotations
        owner = record.owner == 0 ? "root" : "\(record.owner)"
    }
}
