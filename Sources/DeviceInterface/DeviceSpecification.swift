/// A specification of the container device interface: what one vendor's devices need.
///
/// Source: Container Device Interface 1.1.0, SPEC.md.
public struct DeviceSpecification: Codable, Hashable, Sendable {
    /// The version of the format.
    public var cdiVersion: String
    /// The vendor and the class, as `nvidia.com/gpu`.
    public var kind: String
    /// Notes for programs.
    public var annotations: [String: String]?
    /// The devices.
    public var devices: [SpecifiedDevice]
    /// What every device of the specification needs.
    public var containerEdits: ContainerEdits?

    /// Makes a specification.
    public init(cdiVersion: String, kind: String, devices: [SpecifiedDevice], containerEdits: ContainerEdits? = nil) {
        self.cdiVersion = cdiVersion
        self.kind = kind
        self.devices = devices
        self.containerEdits = containerEdits
    }
}

/// A device of a specification.
public struct SpecifiedDevice: Codable, Hashable, Sendable {
    /// Its name within the class.
    public var name: String
    /// Notes for programs.
    public var annotations: [String: String]?
    /// What it needs.
    public var containerEdits: ContainerEdits

    /// Makes a device.
    public init(name: String, containerEdits: ContainerEdits) {
        self.name = name
        self.containerEdits = containerEdits
    }
}

/// What a specification wants to have changed in a container.
public struct ContainerEdits: Codable, Hashable, Sendable {
    /// Variables as `NAME=value`.
    public var env: [String]?
    /// Device nodes.
    public var deviceNodes: [SpecifiedNode]?
    /// Network interfaces of the host's to move.
    public var netDevices: [SpecifiedInterface]?
    /// Programs to run.
    public var hooks: [DeviceHook]?
    /// Mounts.
    public var mounts: [SpecifiedMount]?
    /// Intel's cache and bandwidth control.
    public var intelRdt: SpecifiedCacheControl?
    /// Supplementary groups.
    public var additionalGids: [UInt32]?

    /// Makes an empty list.
    public init() {}

    /// Whether nothing is to be changed.
    public var isEmpty: Bool { self == ContainerEdits() }
}

/// A device node of a specification.
public struct SpecifiedNode: Codable, Hashable, Sendable {
    /// Where it appears inside.
    public var path: String
    /// Where it is on the host; the same place when nil.
    public var hostPath: String?
    /// `b`, `c`, `u` or `p`; the host's when nil.
    public var type: String?
    /// The driver's number.
    public var major: Int64?
    /// The device's number.
    public var minor: Int64?
    /// The permission bits.
    public var fileMode: UInt32?
    /// A text of `r`, `w` and `m`, or `none`.
    public var permissions: String?
    /// The owner.
    public var uid: UInt32?
    /// The group.
    public var gid: UInt32?

    /// Makes a node.
    public init(path: String) { self.path = path }
}

/// A network interface of a specification.
public struct SpecifiedInterface: Codable, Hashable, Sendable {
    /// Its name on the host.
    public var hostInterfaceName: String
    /// Its name inside.
    public var name: String
}

/// A program that a specification wants to have run.
public struct DeviceHook: Codable, Hashable, Sendable {
    /// When: `prestart`, `createRuntime`, `createContainer`, `startContainer`, `poststart` or `poststop`.
    public var hookName: String
    /// The program.
    public var path: String
    /// Its arguments, its own name first.
    public var args: [String]?
    /// Its variables.
    public var env: [String]?
    /// Seconds that it may take.
    public var timeout: Int?

    /// Makes a hook.
    public init(hookName: String, path: String, args: [String]? = nil) {
        self.hookName = hookName
        self.path = path
        self.args = args
    }
}

/// A mount of a specification.
public struct SpecifiedMount: Codable, Hashable, Sendable {
    /// Where it is on the host.
    public var hostPath: String
    /// Where it appears inside.
    public var containerPath: String
    /// Options as fstab writes them.
    public var options: [String]?
    /// The file system's type.
    public var type: String?

    /// Makes a mount.
    public init(hostPath: String, containerPath: String, options: [String]? = nil) {
        self.hostPath = hostPath
        self.containerPath = containerPath
        self.options = options
    }
}

/// Intel's cache and bandwidth control of a specification.
public struct SpecifiedCacheControl: Codable, Hashable, Sendable {
    /// The class of service.
    public var closID: String?
    /// The schema of the L3 cache.
    public var l3CacheSchema: String?
    /// The schema of the memory bandwidth.
    public var memBwSchema: String?
    /// Schemata line by line.
    public var schemata: [String]?
    /// Whether usage is counted.
    public var enableMonitoring: Bool?
}
