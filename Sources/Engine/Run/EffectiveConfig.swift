internal import ContainerRuntime
internal import LaunchPlanning
internal import LinuxKernel
internal import OCIModel
internal import SystemPackage

/// What a container runs and how, in the words of an image's configuration: what `commit` gives to the image it makes.
enum EffectiveConfig {
    /// The image's configuration with the wishes of one container put into it, as Docker keeps it with the container.
    static func merging(_ image: ContainerConfig, _ request: RunRequest) throws -> ContainerConfig {
        let (flags, options) = (request.flags, request.options)
        var config = image
        if let entrypoint = options.entrypoint {
            config.entrypoint = entrypoint.isEmpty ? nil : entrypoint
            config.cmd = options.command.isEmpty ? nil : options.command
        } else if !options.command.isEmpty {
            config.cmd = options.command
        }
        if !options.environment.isEmpty {
            config.env = EnvironmentList.merging(image.env ?? [], with: options.environment)
        }
        if let user = flags.user { config.user = user }
        if let directory = options.workingDirectory { config.workingDir = directory }
        if let signal = flags.stopSignal { config.stopSignal = signal }
        for (key, value) in request.labels { config.labels = (config.labels ?? [:]).merging([key: value]) { $1 } }
        for port in request.ports {
            expose("\(port.containerPort)/\(port.transport.rawValue)", in: &config)
        }
        for text in flags.exposed {
            for (port, transport) in try PublishedPort.parseExposed(text) {
                expose("\(port)/\(transport.rawValue)", in: &config)
            }
        }
        for mount in request.mounts where mount.source == .volume(name: nil) {
            config.volumes = (config.volumes ?? [:]).merging([mount.destination: EmptyObject()]) { $1 }
        }
        if flags.noHealthCheck {
            config.healthcheck = Healthcheck(test: ["NONE"])
        } else if let command = flags.healthCommand {
            var check = image.healthcheck ?? Healthcheck()
            check.test = ["CMD-SHELL", command]
            config.healthcheck = check
        }
        return config
    }

    private static func expose(_ port: String, in config: inout ContainerConfig) {
        config.exposedPorts = (config.exposedPorts ?? [:]).merging([port: EmptyObject()]) { $1 }
    }
}

/// What is kept with a container for `commit` and `inspect`, and does not matter to running it.
struct StoredConfig: Codable {
    /// What the container runs and how, in the words of an image's configuration; see ``EffectiveConfig``.
    var config: ContainerConfig
    /// What the command line said.
    var options: CreationOptions
}

extension ContainerDirectory {
    /// Where that is kept.
    var configPath: String { path + "/config.json" }

    func writeConfig(_ config: StoredConfig) throws {
        try AtomicFile.make(configPath, CanonicalJSON.encode(config))
    }

    /// What the container runs and how; nil for a container of an early version.
    func config() throws -> ContainerConfig? { try storedConfig()?.config }

    /// What was written; nil for a container of an early version.
    func storedConfig() throws -> StoredConfig? {
        let bytes: [UInt8]
        do {
            bytes = try FileIO.readAll(path: configPath, limit: 8 << 20)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            return nil
        }
        if let stored = try? CanonicalJSON.decode(StoredConfig.self, from: bytes) { return stored }
        // Before the options were kept, the file was the configuration alone.
        let config = try CanonicalJSON.decode(ContainerConfig.self, from: bytes)
        return StoredConfig(config: config, options: CreationOptions())
    }
}
