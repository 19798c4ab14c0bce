public import OCIModel

/// A bind mount whose files belong to other users than they say, which only the parent can make.
public struct MappedMountRequest: Hashable, Sendable {
    /// The path on the host.
    public var source: String
    /// The map of users.
    public var users: [IDMappingSpec]
    /// The map of groups.
    public var groups: [IDMappingSpec]
    /// Whether mounts below the source come along.
    public var clonesBelow: Bool
    /// Whether their files are mapped too.
    public var mapsBelow: Bool
}
