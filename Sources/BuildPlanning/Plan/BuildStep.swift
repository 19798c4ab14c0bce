public import Diagnostics
public import DockerfileSyntax
public import OCIModel

/// One instruction of a stage, expanded.
public struct BuildStep: Equatable, Sendable {
    /// The instruction on one line, for people.
    public var title: String
    /// Where it stands in the Dockerfile; nil for a trigger that came with a base image.
    public var range: SourceRange?
    /// What it does.
    public var operation: StepOperation
    /// `created_by` of its history entry.
    public var history: String
}

/// What a step does to the root filesystem.
public enum StepOperation: Equatable, Sendable {
    /// Nothing: the step only edits the configuration.
    case metadata
    /// Makes the working directory.
    case makeDirectory(MakeDirectoryOperation)
    /// Copies files in.
    case copy(CopyOperation)
    /// Runs a process.
    case run(RunOperation)

    /// Whether the step makes a layer.
    public var makesLayer: Bool { self != .metadata }

    /// The stages whose files the step reads.
    public var stages: Set<Int> {
        switch self {
        case .metadata, .makeDirectory: []
        case .copy(let copy): copy.origin.stage.map { [$0] } ?? []
        case .run(let run): Set(run.mounts.compactMap(\.origin.stage))
        }
    }
}

/// Where copied or mounted files come from.
public enum FileOrigin: Hashable, Sendable {
    /// The build context.
    case context
    /// The end of an earlier stage.
    case stage(Int)
    /// Another image.
    case image(BaseImage)
    /// The files of a `--build-context`.
    case named(String)

    /// Whether it is a directory as it lies on the disk, rather than layers.
    public var isDirectory: Bool {
        switch self {
        case .context, .named: true
        case .stage, .image: false
        }
    }

    /// The stage, when it is one.
    public var stage: Int? { if case .stage(let index) = self { index } else { nil } }
}

/// `WORKDIR`: a directory that is made when it is missing.
public struct MakeDirectoryOperation: Equatable, Sendable {
    /// The absolute path.
    public var path: String
    /// The user that owns it when it is new, as `USER` has it.
    public var user: String
}

/// `COPY` or `ADD`.
public struct CopyOperation: Equatable, Sendable {
    /// One source.
    public enum Source: Equatable, Sendable {
        /// A path or pattern below the origin's root.
        case path(String)
        /// An address to fetch (`ADD` only).
        case url(String)
        /// A repository to check out (`ADD` only).
        case git(String)
        /// Files of a model hub (`ADD` only).
        case hub(HubAddress)
        /// A document from the Dockerfile, expanded.
        case document(name: String, content: String)
    }

    /// Whether it is `ADD`.
    public var isAdd: Bool
    /// Where the paths lead.
    public var origin: FileOrigin
    /// The sources in order.
    public var sources: [Source]
    /// The absolute destination; ends in a slash when it must be a directory.
    public var destination: String
    /// `--chown`.
    public var owner: String?
    /// `--chmod`, octal or symbolic.
    public var mode: String?
    /// `--exclude`.
    public var excludes: [String]
    /// `--parents`.
    public var keepsParents: Bool
    /// `--unpack`.
    public var unpack: Bool?
    /// `--checksum`.
    public var checksum: String?
    /// `--keep-git-dir`.
    public var keepsGitDirectory: Bool
    /// `--link`: the layer is made without a look at what lies below, and is the same on every base.
    public var isLinked: Bool

    /// Makes a copy of one path to the root, for asking what a copy of it would select.
    public init(origin: FileOrigin, path: String) {
        self.init(
            isAdd: false,
            origin: origin,
            sources: [.path(path)],
            destination: "/",
            owner: nil,
            mode: nil,
            excludes: [],
            keepsParents: false,
            unpack: nil,
            checksum: nil,
            keepsGitDirectory: false,
            isLinked: false
        )
    }

    init(
        isAdd: Bool,
        origin: FileOrigin,
        sources: [Source],
        destination: String,
        owner: String?,
        mode: String?,
        excludes: [String],
        keepsParents: Bool,
        unpack: Bool?,
        checksum: String?,
        keepsGitDirectory: Bool,
        isLinked: Bool
    ) {
        self.isAdd = isAdd
        self.origin = origin
        self.sources = sources
        self.destination = destination
        self.owner = owner
        self.mode = mode
        self.excludes = excludes
        self.keepsParents = keepsParents
        self.unpack = unpack
        self.checksum = checksum
        self.keepsGitDirectory = keepsGitDirectory
        self.isLinked = isLinked
    }

    /// Whether the destination was written as a directory.
    public var destinationIsDirectory: Bool { destination.hasSuffix("/") }
}

/// `RUN`.
public struct RunOperation: Equatable, Sendable {
    /// A mount of the step together with where its files come from.
    public struct Mount: Equatable, Sendable {
        /// The mount, expanded.
        public var mount: RunMount
        /// Where its source lies, for bind and cache mounts.
        public var origin: FileOrigin
    }

    /// A script that is written to a file and executed, for heredocs that begin with `#!`.
    public struct ScriptFile: Equatable, Sendable {
        /// The file's name.
        public var name: String
        /// Its text.
        public var content: String
    }

    /// A device that the step wants.
    public struct Device: Equatable, Sendable {
        /// Its name, expanded.
        public var name: String
        /// Whether the step fails without it.
        public var isRequired: Bool
    }

    /// Program and arguments; empty when ``script`` says what runs.
    public var arguments: [String]
    /// A script to execute instead of ``arguments``.
    public var script: ScriptFile?
    /// The environment, as `NAME=value`: the image's and the arguments in scope.
    public var environment: [String]
    /// Proxy settings from the command line, which no cache key and no history may hold.
    public var proxyEnvironment: [String]
    /// The absolute working directory.
    public var workingDirectory: String
    /// The user, as `USER` has it.
    public var user: String
    /// The mounts in order.
    public var mounts: [Mount]
    /// `--network` of the instruction, else of the command line.
    public var network: RunInstruction.Network
    /// `--network` of the instruction alone: a choice of the caller's is no part of what the step is.
    public var definedNetwork: RunInstruction.Network?
    /// `--security`.
    public var security: RunInstruction.Security
    /// `--device`.
    public var devices: [Device]
    /// The platform whose programs run.
    public var platform: Platform
    /// The command for people and for error messages.
    public var commandText: String
    /// The name of the machine as the step sees it; nil for the usual one.
    public var hostname: String?
}
