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
            expose("\(port.containerPort)/\(port.transport == .udp ? "udp" : "tcp")", in: &config)
        }
        for text in flags.exposed {
            for (port, transport) in try PublishedPort.parseExposed(text) {
                expose("\(port)/\(transport == .udp ? "udp" : "tcp")", in: &config)
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

extension ContainerDirectory {
    /// What the container runs and how, in the words of an image's configuration; see ``EffectiveConfig``.
    var configPath: String { path + "/config.json" }

    func writeConfig(_ config: ContainerConfig) throws {
        try AtomicFile.make(configPath, CanonicalJSON.encode(config))
    }

    /// What was written; nil for a container of an earlier version.
    func config() throws -> ContainerConfig? {
        do {
            return try CanonicalJSON.decode(
                ContainerConfig.self,
                from: FileIO.readAll(path: configPath, limit: 8 << 20)
            )
        } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }
}
