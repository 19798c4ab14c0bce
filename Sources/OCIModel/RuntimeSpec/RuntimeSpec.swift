/// A container as the OCI runtime specification describes it; what `config.json` of a bundle holds.
///
/// Source: OCI runtime-spec 1.2, config.md. The Linux part only.
public struct RuntimeSpec: Codable, Hashable, Sendable {
    /// The version of the specification.
    public var ociVersion: String
    /// What runs.
    public var process: RuntimeProcess?
    /// The root filesystem.
    public var root: RuntimeRoot?
    /// The host name inside.
    public var hostname: String?
    /// The NIS domain name inside.
    public var domainname: String?
    /// The mounts, in the order in which they are made.
    public var mounts: [MountSpec]?
    /// Programs of the host's that run at points of the container's life.
    public var hooks: RuntimeHooks?
    /// Free text by key.
    public var annotations: [String: String]?
    /// What is Linux's own.
    public var linux: LinuxSpec?

    /// Makes an empty specification.
    public init() {
        ociVersion = "1.2.0"
    }
}

/// The root filesystem of a container.
public struct RuntimeRoot: Codable, Hashable, Sendable {
    /// The directory, absolute or relative to the bundle.
    public var path: String
    /// Whether the container cannot write to it.
    public var readonly: Bool?

    /// Makes a root at `path`; `readonly` is written only when true.
    public init(path: String, readonly: Bool = false) {
        self.path = path
        self.readonly = readonly ? true : nil
    }
}

/// One mount of a container.
public struct MountSpec: Codable, Hashable, Sendable {
    /// Where, inside.
    public var destination: String
    /// The filesystem type; `bind` for bind mounts.
    public var type: String?
    /// The device, or the host path of a bind mount.
    public var source: String?
    /// Options as fstab writes them.
    public var options: [String]?
    /// The user IDs of an idmapped mount.
    public var uidMappings: [IDMappingSpec]?
    /// The group IDs of an idmapped mount.
    public var gidMappings: [IDMappingSpec]?

    /// Makes a mount.
    public init(destination: String, type: String, source: String, options: [String]) {
        self.destination = destination
        self.type = type
        self.source = source
        self.options = options
    }
}

/// Programs of the host's that run at points of the container's life.
public struct RuntimeHooks: Codable, Hashable, Sendable {
    /// Superseded by the next three.
    public var prestart: [RuntimeHook]?
    /// After the namespaces exist, before the root is entered, in the runtime's namespaces.
    public var createRuntime: [RuntimeHook]?
    /// The same moment, in the container's namespaces.
    public var createContainer: [RuntimeHook]?
    /// Before the container's process runs, in the container.
    public var startContainer: [RuntimeHook]?
    /// After it began, outside.
    public var poststart: [RuntimeHook]?
    /// After it ended, outside.
    public var poststop: [RuntimeHook]?

    /// Makes an empty set.
    public init() {}
}

/// One program of the host's.
public struct RuntimeHook: Codable, Hashable, Sendable {
    /// The program.
    public var path: String
    /// Its arguments, the name first.
    public var args: [String]?
    /// Its whole environment.
    public var env: [String]?
    /// Seconds it may take.
    public var timeout: Int?

    /// Makes a hook that runs `path`.
    public init(path: String) {
        self.path = path
    }
}
