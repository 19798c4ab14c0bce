/// A failure of `llmbox-init`: which operation, and what the kernel said.
///
/// The parent holds the same plan, so it can say in words what the index means.
public struct LaunchFailure: Error, Equatable, Sendable {
    /// The stages that are no operation of the plan, as indices above all of them.
    public enum Stage {
        /// Waiting for the id maps of a user namespace.
        public static let idMaps: UInt32 = 0xffff_0001
        /// Becoming root of a user namespace.
        public static let identity: UInt32 = 0xffff_0002
        /// Putting descriptors in their places.
        public static let descriptors: UInt32 = 0xffff_0003
        /// Executing `llmbox-init` itself.
        public static let startOfInit: UInt32 = 0xffff_0004
        /// Reading the plan.
        public static let plan: UInt32 = 0xffff_0005
        /// Executing the command.
        public static let command: UInt32 = 0xffff_0006
        /// Joining control groups.
        public static let controlGroups: UInt32 = 0xffff_0007
    }

    /// An index of ``LaunchPlan/operations``, or a number of ``Stage``.
    public var operationIndex: UInt32
    /// The kernel's error number.
    public var errno: Int32
    /// The call and what it was about; may be empty.
    public var detail: String

    /// Makes a failure.
    public init(operationIndex: UInt32, errno: Int32, detail: String) {
        self.operationIndex = operationIndex
        self.errno = errno
        self.detail = detail
    }
}

/// What the parent and `llmbox-init` tell each other over one socket that keeps message boundaries.
///
/// ```
/// parent                                  llmbox-init
///   │ id maps, cgroups, network             │ operations …
///   ├──────────── release ─────────────────▶│ awaitRelease
///   │◀─────────── warning* ─────────────────┤
///   │◀─────────── joined (+ process) ───────┤ enterNamespaces, or joinNamespaces with a pid namespace: a sibling
///   │◀─────────── terminal (+ descriptor) ──┤ openTerminal
///   │◀─────────── ready ────────────────────┤ reportReady
///   ├──────────── start ───────────────────▶│ or postpone: the start comes by the listening socket
///   │◀─────────── listener (+ descriptor) ──┤ installSeccomp whose calls somebody outside answers
///   │◀─────────── failure, or end of file ──┤ execve closes the socket: end of file is success
/// ```
public enum LaunchMessage: Equatable, Sendable {
    /// The parent has done its part.
    case release
    /// The command may be executed.
    case start
    /// The parent goes away; whoever connects to the listening socket goes on with the conversation.
    case postpone
    /// Something that was asked for could not be had in full, and the launch goes on.
    case warning(LaunchFailure)
    /// The process goes on as the sibling whose descriptor comes along.
    case joined
    /// The controlling side of the terminal comes along.
    case terminal
    /// The descriptor comes along by which somebody answers for system calls of the process.
    case listener
    /// The container is set up.
    case ready
    /// The launch has failed, and the process ends.
    case failure(LaunchFailure)

    /// The longest message in bytes.
    public static let maximumSize = 4096
}
