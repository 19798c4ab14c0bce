internal import LinuxKernel
public import OCIModel

/// What `llmbox build` was asked for.
public struct BuildRequest: Sendable {
    /// The network of `RUN` steps that do not choose.
    public enum Network: String, CaseIterable, Sendable {
        /// Whatever is usable here.
        case standard = "default"
        /// Only the loopback device.
        case none
        /// The host's own.
        case host
        /// The bridge, and nothing where there is none.
        case bridge
    }

    /// What `COPY` reads: a directory, `-` for standard input, or an address of an archive, a Dockerfile or a repository.
    public var contextDirectory: String
    /// The Dockerfile; nil means `Dockerfile` in the context.
    public var dockerfile: String?
    /// `--ignorefile`: a file of this machine that takes the place of `.dockerignore`.
    public var ignoreFile: String?
    /// `-t`.
    public var tags: [ImageReference] = []
    /// `--build-arg`, with values taken from the environment already.
    public var buildArguments: [String: String] = [:]
    /// `--platform`.
    public var platform = Platform.host
    /// `--build-context`: what stands for a stage or an image of that name.
    public var namedContexts: [String: String] = [:]
    /// `--target`.
    public var target: String?
    /// `--no-cache`.
    public var ignoresCache = false
    /// `--no-cache-filter`: stages, by name or number, whose steps are carried out whatever the cache has.
    public var uncachedStages: Set<String> = []
    /// `--pull`: ask the registry even for images that are here.
    public var alwaysPulls = false
    /// `--label`.
    public var labels: [String: String] = [:]
    /// `--network`.
    public var network = Network.standard
    /// How steps are run.
    public var steps = StepSettings()
    /// `--ssh`.
    public var sshSources: [SSHSource] = []
    /// `--secret`.
    public var secrets: [BuildSecret] = []
    /// How registries are reached.
    public var registry = RegistryAccess.Choices()
    /// How much happens at once.
    public var parallelism = BuildParallelism()
    /// How files are divided into layers.
    public var layers = LayerPolicy()
    /// Build cache besides the store's.
    public var cache = CacheRequest()
    /// What becomes of the result.
    public var export = ExportRequest()

    /// Makes a request for a context directory with everything else as it is when nothing is said.
    public init(contextDirectory: String) {
        self.contextDirectory = contextDirectory
    }
}

/// One `--secret`.
public struct BuildSecret: Hashable, Sendable {
    /// Where the value comes from.
    public enum Source: Hashable, Sendable {
        /// A file.
        case file(String)
        /// The value of an environment variable.
        case value([UInt8])
    }

    /// The value, read anew.
    func bytes() throws -> [UInt8] {
        switch source {
        case .value(let bytes): bytes
        case .file(let path): try FileIO.readAll(path: path, limit: 512 << 10)
        }
    }

    /// The name by which steps ask for it.
    public var id: String
    /// Where the value comes from.
    public var source: Source

    /// Makes a secret.
    public init(id: String, source: Source) {
        self.id = id
        self.source = source
    }
}
