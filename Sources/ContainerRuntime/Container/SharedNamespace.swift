internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// A namespace that a container shares with another one, besides the network.
public struct SharedNamespace: Codable, Equatable, Sendable {
    /// The kinds that can be shared.
    public enum Kind: String, Codable, Sendable {
        /// System V IPC, message queues, and `/dev/shm` with it.
        case ipc
        /// Process ids.
        case pid
        /// The host name.
        case uts

        /// The kernel's `CLONE_NEW*` bit.
        public var bit: UInt64 {
            switch self {
            case .ipc: 0x800_0000
            case .pid: 0x2000_0000
            case .uts: 0x400_0000
            }
        }
    }

    /// What is shared.
    public var kind: Kind
    /// The id of the container that has it.
    public var container: String

    /// Describes a share.
    public init(kind: Kind, container: String) {
        self.kind = kind
        self.container = container
    }

    /// Lets the links in `directory` lead to the namespace as it is now: the process there is another one each time.
    ///
    /// - Throws: ``ContainerError/sharedNamespaceGone(_:kind:)`` where the other container does not run.
    func join(from directory: ContainerDirectory, in containers: ContainerCollection) throws -> JoinedNamespace {
        let other = ContainerDirectory(path: "\(containers.path)/\(container)")
        let name = (try? other.record().name) ?? String(container.prefix(12))
        guard let state = try? other.state(), state.isRunning, let process = state.process, process.isAlive else {
            throw ContainerError.sharedNamespaceGone(name, kind: kind)
        }
        try Self.link(directory.namespaceLinkPath(kind), to: "/proc/\(process.pid)/ns/\(kind.rawValue)")
        if kind == .ipc { try Self.link(directory.mountNamespaceLinkPath, to: "/proc/\(process.pid)/ns/mnt") }
        return JoinedNamespace(path: directory.namespaceLinkPath(kind), kind: kind.bit)
    }

    private static func link(_ path: String, to target: String) throws(SyscallError) {
        _ = unlink(path)
        try check("make", path) { symlink(target, path) }
    }
}

extension ContainerDirectory {
    /// A link to a namespace of another container's that this one shares.
    public func namespaceLinkPath(_ kind: SharedNamespace.Kind) -> String { "\(path)/namespace-\(kind.rawValue)" }

    /// A link to the mount namespace of the container whose `/dev/shm` this one shares.
    public var mountNamespaceLinkPath: String { path + "/namespace-mnt" }
}
