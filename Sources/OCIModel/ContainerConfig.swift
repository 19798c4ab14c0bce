/// What a container of an image runs, and how; the `config` object of an image configuration.
///
/// Source: OCI image-spec, config.md; `Healthcheck`, `Shell`, `OnBuild` and `ArgsEscaped` are Docker's.
public struct ContainerConfig: Codable, Hashable, Sendable {
    /// The user as written: a name or number, and perhaps `:group`.
    public var user: String?
    /// Ports as `80/tcp`.
    public var exposedPorts: [String: EmptyObject]?
    /// The environment in order, as `NAME=value`.
    public var env: [String]?
    /// The fixed part of the command.
    public var entrypoint: [String]?
    /// The default arguments.
    public var cmd: [String]?
    /// Paths that get a volume of their own.
    public var volumes: [String: EmptyObject]?
    /// The working directory.
    public var workingDir: String?
    /// Labels.
    public var labels: [String: String]?
    /// The signal that asks the process to end, as written.
    public var stopSignal: String?
    /// How to tell whether the container works.
    public var healthcheck: Healthcheck?
    /// The shell of shell-form instructions.
    public var shell: [String]?
    /// Instructions that run when the image is a base.
    public var onBuild: [String]?
    /// Whether the command is already escaped; a Windows matter that is carried along.
    public var argsEscaped: Bool?

    private enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case healthcheck = "Healthcheck"
        case shell = "Shell"
        case onBuild = "OnBuild"
        case argsEscaped = "ArgsEscaped"
    }

    /// Makes an empty configuration.
    public init() {}
}

/// An empty JSON object, the value type of Docker's sets.
public struct EmptyObject: Codable, Hashable, Sendable {
    /// Makes the one value there is.
    public init() {}
}

/// How to tell whether a container works; Docker's extension of the image configuration.
public struct Healthcheck: Codable, Hashable, Sendable {
    /// `NONE`, or `CMD` and arguments, or `CMD-SHELL` and one text.
    public var test: [String]?
    /// Nanoseconds between two checks; 0 or absent means 30 s.
    public var interval: Int64?
    /// Nanoseconds that one check may take; 0 or absent means 30 s.
    public var timeout: Int64?
    /// Nanoseconds after the start in which failures do not count.
    public var startPeriod: Int64?
    /// Nanoseconds between two checks during the start period; 0 or absent means 5 s.
    public var startInterval: Int64?
    /// Failures in a row that make a container unhealthy; 0 or absent means 3.
    public var retries: Int?

    private enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }

    /// Makes a check that runs `test`.
    public init(test: [String]? = nil) {
        self.test = test
    }
}
