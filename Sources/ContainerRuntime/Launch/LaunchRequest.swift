public import LaunchProtocol

/// What the first three descriptors of a launched process are.
public enum StandardIO: Equatable, Sendable {
    /// The caller's own.
    case inherit
    /// `/dev/null`, all three.
    case null
    /// Pipes to the caller; without `input`, standard input is `/dev/null`.
    case pipes(input: Bool)
    /// Descriptors of the caller's, which stay open and its own.
    case descriptors(input: Int32, output: Int32, error: Int32)
    /// The terminal that the plan opens by ``LaunchOperation/openTerminal(_:)``.
    case terminal
}

/// One row of a user namespace's id map.
public struct IDMapping: Codable, Equatable, Sendable {
    /// The first id inside.
    public var inside: UInt32
    /// The first id outside.
    public var outside: UInt32
    /// How many follow one another.
    public var count: UInt32

    /// Makes a row.
    public init(inside: UInt32, outside: UInt32, count: UInt32) {
        self.inside = inside
        self.outside = outside
        self.count = count
    }
}

/// An existing namespace by its file.
public struct JoinedNamespace: Equatable, Sendable {
    /// The file, as `/proc/1/ns/net`.
    public var path: String
    /// The `CLONE_NEW*` bit.
    public var kind: UInt64

    /// Names a namespace.
    public init(path: String, kind: UInt64) {
        self.path = path
        self.kind = kind
    }
}

/// A process to launch in namespaces of its own.
public struct LaunchRequest {
    /// What `llmbox-init` does before it executes the command.
    public var plan: LaunchPlan
    /// The control groups to place the process in, as directories of the host; v1 and v2 may be mixed.
    public var cgroupDirectories: [String]
    /// The first three descriptors.
    public var standardIO: StandardIO
    /// The user map, where the plan has a user namespace.
    public var userMappings: [IDMapping]
    /// The group map, where the plan has a user namespace.
    public var groupMappings: [IDMapping]
    /// Whether the kernel kills the process when the launching thread ends.
    public var diesWithParent: Bool
    /// Existing namespaces that the process is born in, as their files and the `CLONE_NEW*` bit of each.
    public var joinedNamespaces: [JoinedNamespace] = []
    /// A listening socket by which the start comes when the caller goes away; see ``RunningProcess/postpone()``.
    public var startListener: Int32?
    /// Descriptors of the caller's that the command gets from 3 on.
    public var inheritedFiles: [Int32] = []
    /// Mounts that the process cannot make itself, attached nowhere; ``BindMount/passedMount`` names them by their place.
    public var passedMounts: [Int32] = []
    /// Runs in the parent once the process is in its control groups and before it is released.
    ///
    /// It gets the process's id, by whose `/proc/<id>/ns` the network can be attached.
    public var beforeRelease: (Int32) throws -> Void

    /// Makes a request.
    public init(
        plan: LaunchPlan,
        cgroupDirectories: [String] = [],
        standardIO: StandardIO,
        userMappings: [IDMapping] = [],
        groupMappings: [IDMapping] = [],
        diesWithParent: Bool = false,
        beforeRelease: @escaping (Int32) throws -> Void = { _ in }
    ) {
        self.plan = plan
        self.cgroupDirectories = cgroupDirectories
        self.standardIO = standardIO
        self.userMappings = userMappings
        self.groupMappings = groupMappings
        self.diesWithParent = diesWithParent
        self.beforeRelease = beforeRelease
    }
}

/// A further process to launch inside a running container.
public struct ExecRequest {
    /// The container's main process; its namespaces are joined.
    public var target: Int32
    /// What to do.
    ///
    /// It joins by ``LaunchOperation/joinNamespaces(_:)``, right after ``LaunchOperation/awaitRelease``,
    /// and has no namespaces of its own.
    public var plan: LaunchPlan
    /// The container's control groups, as directories of the host.
    public var cgroupDirectories: [String]
    /// The first three descriptors.
    public var standardIO: StandardIO
    /// Descriptors of the caller's that the command gets from 3 on.
    public var inheritedFiles: [Int32] = []
    /// The process as another runtime has to start it, where the container is that runtime's; the target does not count.
    public var foreign: ForeignProcess?

    /// Makes a request.
    public init(target: Int32, plan: LaunchPlan, cgroupDirectories: [String] = [], standardIO: StandardIO) {
        self.target = target
        self.plan = plan
        self.cgroupDirectories = cgroupDirectories
        self.standardIO = standardIO
    }
}
