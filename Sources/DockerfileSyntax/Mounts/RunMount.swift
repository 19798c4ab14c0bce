/// What a `--mount` of a `RUN` asks for, with every value expanded and checked.
public enum RunMount: Hashable, Sendable {
    case bind(Bind)
    case cache(Cache)
    case tmpfs(Tmpfs)
    case secret(Secret)
    case ssh(SSH)

    /// A directory or file of the context, a stage or an image.
    public struct Bind: Hashable, Sendable {
        /// Where it appears; may be relative to the working directory.
        public var target: String
        /// The path below the root of where it comes from.
        public var source: String
        /// The stage or image; `nil` means the context.
        public var from: String?
        /// Whether writes fail; otherwise they are thrown away.
        public var isReadOnly: Bool
    }

    /// A directory that outlives the build.
    public struct Cache: Hashable, Sendable {
        /// How steps that run at the same time share it.
        public enum Sharing: String, CaseIterable, Hashable, Sendable {
            case shared
            case `private`
            case locked
        }

        /// The cache's name; the cleaned target when none was given.
        public var id: String
        /// Where it appears; may be relative to the working directory.
        public var target: String
        /// How it is shared.
        public var sharing: Sharing
        /// The stage or image that fills a new cache.
        public var from: String?
        /// The path inside `from`.
        public var source: String?
        /// The owner of a new cache directory.
        public var uid: UInt32
        /// The group of a new cache directory.
        public var gid: UInt32
        /// The mode of a new cache directory.
        public var mode: UInt32
        /// Whether writes fail.
        public var isReadOnly: Bool
    }

    /// An empty directory in memory.
    public struct Tmpfs: Hashable, Sendable {
        /// Where it appears; may be relative to the working directory.
        public var target: String
        /// The most it may hold; `nil` for the kernel's default.
        public var sizeInBytes: Int64?
    }

    /// A secret from outside the build.
    public struct Secret: Hashable, Sendable {
        /// The secret's name.
        public var id: String
        /// The file it appears as; `nil` when only an environment variable was asked for.
        public var target: String?
        /// The environment variable it appears in.
        public var environment: String?
        /// The owner of the file.
        public var uid: UInt32
        /// The group of the file.
        public var gid: UInt32
        /// The mode of the file.
        public var mode: UInt32
        /// Whether the step fails without it.
        public var isRequired: Bool
    }

    /// The socket of an SSH agent.
    public struct SSH: Hashable, Sendable {
        /// The agent's name.
        public var id: String
        /// Where the socket appears; `nil` for the default place.
        public var target: String?
        /// The owner of the socket.
        public var uid: UInt32
        /// The group of the socket.
        public var gid: UInt32
        /// The mode of the socket.
        public var mode: UInt32
        /// Whether the step fails without it.
        public var isRequired: Bool
    }
}
