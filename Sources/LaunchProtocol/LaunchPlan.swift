/// Everything `llmbox-init` has to do to become a container's process, as an inert value.
///
/// The plan decides nothing and asks nothing: it is compiled from a runtime specification by a pure function, can be
/// compared and stored, and is interpreted by one loop. A failure points at an index of ``operations``.
public struct LaunchPlan: Equatable, Sendable {
    /// The namespaces that the process is born in.
    public var namespaces: NamespaceSet
    /// What to do, in this order.
    ///
    /// ``LaunchOperation`` says which must come before which.
    public var operations: [LaunchOperation]
    /// What to execute when all that is done.
    public var command: LaunchCommand

    /// Makes a plan.
    public init(namespaces: NamespaceSet, operations: [LaunchOperation], command: LaunchCommand) {
        self.namespaces = namespaces
        self.operations = operations
        self.command = command
    }

    /// Whether the process that is started only makes the container's first one, and ends.
    public var entersNamespaces: Bool {
        operations.contains { if case .enterNamespaces = $0 { true } else { false } }
    }

    /// Whether processes of others can see this one while it is being set up: it gets no process numbers of its own.
    public var sharesProcesses: Bool {
        for case .enterNamespaces(let entry) in operations { return !entry.new.contains(.pid) }
        return !namespaces.contains(.pid)
    }

    /// Whether somebody outside answers for some system calls of the program.
    public var hasListener: Bool {
        operations.contains { if case .installSeccomp(let program) = $0 { program.hasListener } else { false } }
    }

    /// The terminal that the plan opens, if it opens one.
    public var terminal: TerminalRequest? {
        for case .openTerminal(let request) in operations { return request }
        return nil
    }
}

/// A set of kernel namespaces, by the kernel's own bits.
public struct NamespaceSet: OptionSet, Hashable, Sendable {
    /// The `CLONE_NEW*` bits.
    public let rawValue: UInt64

    /// Makes a set from `CLONE_NEW*` bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Mounts.
    public static let mount = NamespaceSet(rawValue: 0x2_0000)
    /// The view of control groups.
    ///
    /// A new container enters its own by ``LaunchOperation/unshareCgroups`` instead, once
    /// it is in its group.
    public static let cgroup = NamespaceSet(rawValue: 0x200_0000)
    /// The host name.
    public static let uts = NamespaceSet(rawValue: 0x400_0000)
    /// System V IPC and POSIX message queues.
    public static let ipc = NamespaceSet(rawValue: 0x800_0000)
    /// Users and capabilities.
    public static let user = NamespaceSet(rawValue: 0x1000_0000)
    /// Process ids.
    public static let pid = NamespaceSet(rawValue: 0x2000_0000)
    /// Network devices, addresses and ports.
    public static let network = NamespaceSet(rawValue: 0x4000_0000)
    /// The clocks that count from boot; a new one is entered by ``LaunchOperation/enterNamespaces(_:)`` only.
    public static let time = NamespaceSet(rawValue: 0x80)

    /// Every namespace that can be named here.
    public static let all: NamespaceSet = [.mount, .cgroup, .uts, .ipc, .user, .pid, .network, .time]
}

/// The program that a launch ends with.
public struct LaunchCommand: Equatable, Sendable {
    /// The program and its arguments.
    ///
    /// A program without `/` is looked for in the `PATH` of ``environment``.
    public var arguments: [String]
    /// `NAME=value` strings; the process gets these and no others.
    public var environment: [String]
    /// Whether `llmbox-init` stays as process 1, forwards signals and collects orphans, as `--init` asks.
    public var supervised: Bool
    /// How many descriptors of the caller's the program gets, as 3, 4, …; all others are closed.
    public var inheritedFiles: UInt32 = 0

    /// Makes a command.
    public init(arguments: [String], environment: [String], supervised: Bool = false) {
        self.arguments = arguments
        self.environment = environment
        self.supervised = supervised
    }
}
