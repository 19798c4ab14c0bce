/// What has to be changed in a container so that it can use some devices, whoever says so.
///
/// Everything that knows devices ends in one of these: the driver that was found on this machine, and the files of the
/// container device interface. One piece of code applies it.
public struct DeviceEdits: Hashable, Sendable {
    /// A device node.
    public struct Node: Hashable, Sendable {
        /// Where it appears inside.
        public var path: String
        /// The same node on the host.
        public var hostPath: String
        /// `c` or `b`.
        public var type: String
        /// The driver's number.
        public var major: UInt32
        /// The device's number.
        public var minor: UInt32
        /// The permission bits.
        public var mode: UInt32
        /// The owner.
        public var user: UInt32
        /// The group.
        public var group: UInt32
        /// What the control group permits: a text of `r`, `w` and `m`.
        public var access: String

        /// Describes a node.
        public init(
            path: String,
            hostPath: String? = nil,
            type: String = "c",
            major: UInt32,
            minor: UInt32,
            mode: UInt32 = 0o666,
            user: UInt32 = 0,
            group: UInt32 = 0,
            access: String = "rw"
        ) {
            self.path = path
            self.hostPath = hostPath ?? path
            self.type = type
            self.major = major
            self.minor = minor
            self.mode = mode
            self.user = user
            self.group = group
            self.access = access
        }
    }

    /// A file or directory of the host's.
    public struct Mount: Hashable, Sendable {
        /// Where it is on the host.
        public var hostPath: String
        /// Where it appears inside.
        public var containerPath: String
        /// Options as fstab writes them.
        public var options: [String]

        /// Describes a mount.
        public init(hostPath: String, containerPath: String, options: [String]) {
            self.hostPath = hostPath
            self.containerPath = containerPath
            self.options = options
        }
    }

    /// A symbolic link.
    public struct Link: Hashable, Sendable {
        /// Where it is.
        public var path: String
        /// What it says.
        public var target: String

        /// Describes a link.
        public init(path: String, target: String) {
            self.path = path
            self.target = target
        }
    }

    /// A library that programs find by its name.
    public struct Library: Hashable, Sendable {
        /// The name.
        public var name: String
        /// Where it is inside.
        public var path: String

        /// Describes a library.
        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// Variables as `NAME=value`, in place of those of their names.
    public var environment: [String] = []
    /// Device nodes.
    public var nodes: [Node] = []
    /// Directories of memory, made before everything that lies in them, and closed to changes at the end.
    public var memoryDirectories: [String] = []
    /// Mounts.
    public var mounts: [Mount] = []
    /// Links, made behind the mounts.
    public var links: [Link] = []
    /// Directories in which programs shall find libraries.
    public var libraryFolders: [String] = []
    /// The libraries in those directories.
    public var libraries: [Library] = []
    /// Directories in which programs shall find commands, behind all others.
    public var programFolders: [String] = []
    /// Supplementary groups.
    public var groups: [UInt32] = []
    /// Whether the NVIDIA driver's parameters say inside that programs must not make device nodes.
    public var hidesNodeCreation = false
    /// Whether an image's own newer `libcuda` is to be preferred where it works.
    public var wantsCompatibility = false
    /// The directories of `/proc/driver/nvidia/gpus` that stay visible; nil leaves all.
    public var visibleGPUs: [String]?

    /// Makes an empty list.
    public init() {}

    /// Adds another list: what has the same place replaces what was there.
    public mutating func merge(_ other: DeviceEdits) {
        for entry in other.environment {
            let name = entry.prefix { $0 != "=" }
            environment.removeAll { $0.prefix { $0 != "=" } == name }
            environment.append(entry)
        }
        for node in other.nodes {
            nodes.removeAll { $0.path == node.path }
            nodes.append(node)
        }
        for mount in other.mounts {
            mounts.removeAll { $0.containerPath == mount.containerPath }
            mounts.append(mount)
        }
        for link in other.links {
            links.removeAll { $0.path == link.path }
            links.append(link)
        }
        Self.add(other.memoryDirectories, to: &memoryDirectories)
        Self.add(other.libraryFolders, to: &libraryFolders)
        Self.add(other.libraries, to: &libraries)
        Self.add(other.programFolders, to: &programFolders)
        Self.add(other.groups, to: &groups)
        hidesNodeCreation = hidesNodeCreation || other.hidesNodeCreation
        wantsCompatibility = wantsCompatibility || other.wantsCompatibility
        if let more = other.visibleGPUs { visibleGPUs = (visibleGPUs ?? []) + more }
    }

    private static func add<Element: Equatable>(_ new: [Element], to list: inout [Element]) {
        for element in new where !list.contains(element) { list.append(element) }
    }
}
