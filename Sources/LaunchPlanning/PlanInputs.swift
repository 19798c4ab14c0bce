public import LaunchProtocol

/// A control group of the host's as a container sees it.
public struct CgroupView: Hashable, Sendable {
    /// The controllers of the hierarchy, or `name=…` for one without.
    public var controllers: [String]
    /// The directory on the host.
    public var path: String

    /// Makes a view.
    public init(controllers: [String], path: String) {
        self.controllers = controllers
        self.path = path
    }
}

/// The state of a container as JSON, split where the process id stands, which nobody knows before the start.
public struct HookState: Hashable, Sendable {
    /// What comes before the process id.
    public var beforeID: String
    /// What comes after it.
    public var afterID: String

    /// Makes a state.
    public init(beforeID: String, afterID: String) {
        self.beforeID = beforeID
        self.afterID = afterID
    }
}

/// What a launch plan needs besides the runtime specification, which has no words for it.
public struct PlanInputs: Sendable {
    /// Where the root filesystem comes from.
    public enum Root: Sendable {
        /// Layers.
        case overlay(OverlayRoot)
        /// A directory of the host's.
        case directory(String)
    }

    /// The hierarchies of control groups that the container sees.
    public enum Cgroups: Hashable, Sendable {
        /// None.
        case none
        /// Version 2.
        case unified
        /// Version 1: the controllers of each hierarchy (`["name=systemd"]` for a named one), and perhaps version 2
        /// beside them at `unified`.
        case legacy([[String]], hasUnified: Bool)
        /// Version 1 without a namespace of its own: the container's own directories on the host, by the names that
        /// the hierarchies have in the container.
        case directories([CgroupView])
    }

    /// The root filesystem.
    public var root: Root
    /// The control groups.
    public var cgroups: Cgroups
    /// Where the files of a mount come from, which one path of the host's cannot say.
    public enum MountView: Sendable {
        /// A path beneath a directory of the host's, resolved without leaving it.
        case directory(String, beneath: String)
        /// A path beneath a union of directories.
        case overlay(OverlayRoot, beneath: String)
        /// A mount that the launch passes along, by its place among them; mounts with mapped ids come behind these.
        case passed(UInt32)
    }

    /// The sources of binds by their destinations, in place of what the specification has.
    public var views: [String: MountView] = [:]
    /// How many of the passed mounts belong to views.
    var passedViewCount: UInt32 {
        UInt32(views.values.count { if case .passed = $0 { true } else { false } })
    }

    /// Where nodes are on the host that have another path inside; they are bound where none can be made.
    public var devicePaths: [String: String] = [:]
    /// What devices need: operations behind the container's mounts and nodes.
    public var deviceOperations: [LaunchOperation] = []
    /// Whether `llmbox-init` stays as process 1 and collects orphans.
    public var isSupervised = false
    /// Whether the command is looked for before the container waits for its start, which may be far off.
    public var findsCommand = false
    /// Whether the process keeps the session keyring of the caller.
    public var sharesKeyring = false
    /// Whether the host's root is covered and not let go of, which the kernel refuses for the first one of a boot.
    public var coversRoot = false
    /// The container's state for the hooks that run inside, around the process id; without it hooks are refused.
    public var hookState: HookState?
    /// The size of the terminal, when the specification asks for one and names no size.
    public var terminalRows: UInt16 = 24
    /// The width of the terminal.
    public var terminalColumns: UInt16 = 80

    /// Collects what is given.
    public init(root: Root, cgroups: Cgroups) {
        self.root = root
        self.cgroups = cgroups
    }
}
