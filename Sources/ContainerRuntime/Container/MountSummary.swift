/// A mount of a container, for display and for others that want the same (`--volumes-from`).
public struct MountSummary: Codable, Equatable, Sendable {
    /// `bind`, `volume`, `tmpfs` or `image`.
    public var type: String
    /// The volume's name, where it is one.
    public var name: String?
    /// The directory or file of the host's; the image's name where it is one.
    public var source: String
    /// The path inside the container.
    public var destination: String
    /// Whether the container may write there.
    public var writable: Bool
    /// The path below the source that is mounted; the source itself when nil.
    public var subpath: String?
    /// How mounts spread; the default when nil.
    public var propagation: String?
    /// Whether mounts below the source are left out.
    public var isNonRecursive: Bool?

    /// Describes a mount.
    public init(type: String, name: String? = nil, source: String, destination: String, writable: Bool) {
        self.type = type
        self.name = name
        self.source = source
        self.destination = destination
        self.writable = writable
    }
}
