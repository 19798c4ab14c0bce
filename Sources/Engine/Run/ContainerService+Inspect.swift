internal import ContainerRuntime
internal import LaunchPlanning
internal import LaunchProtocol
internal import OCIModel

extension ContainerService {
    /// Whether a name or an id means a container.
    public func exists(_ reference: String) throws -> Bool {
        do {
            _ = try containers.resolve(reference)
            return true
        } catch ContainerError.notFound {
            return false
        }
    }

    /// Whether an error says that there is no such container.
    public static func isMissing(_ error: any Error) -> Bool {
        if case ContainerError.notFound = error { true } else { false }
    }

    /// Everything about a container, in docker's words.
    public func inspect(_ reference: String) throws -> ContainerInspection {
        let directory = try find(reference)
        let record = try directory.record()
        let state = try directory.state()
        let plan = try LaunchPlan.decode(directory.plan())
        let stored = try directory.storedConfig()
        let options = stored?.options ?? CreationOptions()
        return ContainerInspection(
            Id: record.id,
            Created: record.created.description,
            Path: record.command.first ?? "",
            Args: Array(record.command.dropFirst()),
            State: Self.stateView(state),
            Image: record.imageID,
            ResolvConfPath: directory.path + "/resolv.conf",
            HostnamePath: directory.path + "/hostname",
            HostsPath: directory.hostsPath,
            LogPath: directory.logPath,
            Name: "/" + record.name,
            Driver: "overlay2",
            Platform: "linux",
            GraphDriver: Self.driverView(directory, record),
            RestartCount: state.restartCount,
            ProcessLabel: Self.label("exec", plan),
            AppArmorProfile: String(Self.label("apparmor/exec", plan).dropFirst("exec ".count)),
            HostConfig: Self.hostView(record, plan, options),
            Mounts: record.mounts.map {
                .init(
                    Type: $0.type,
                    Name: $0.name,
                    Source: $0.source,
                    Destination: $0.destination,
                    RW: $0.writable,
                    Mode: $0.writable ? "" : "ro",
                    Driver: $0.type == "volume" ? "local" : nil,
                    Propagation: $0.type == "bind" ? $0.propagation ?? "rprivate" : ""
                )
            },
            Config: Self.settingsView(record, plan, stored?.config, options),
            NetworkSettings: try networkView(record, state),
            Defaults: options.defaults.map { .init(Name: $0.name, Value: $0.value, Reason: $0.reason) }
        )
    }

    private static func label(_ file: String, _ plan: LaunchPlan) -> String {
        for case .setExecLabel(file, let label) in plan.operations { return label }
        return ""
    }

    private static func stateView(_ state: ContainerState) -> ContainerInspection.State {
        let never = "0001-01-01T00:00:00Z"
        return .init(
            Status: state.status.rawValue,
            Running: state.isRunning,
            Paused: state.status == .paused,
            Restarting: state.status == .restarting,
            OOMKilled: state.outOfMemoryKilled,
            Dead: state.status == .dead,
            Pid: state.isRunning ? state.process?.pid ?? 0 : 0,
            ExitCode: state.isRunning ? 0 : state.exitCode,
            Error: state.error ?? "",
            StartedAt: state.startedAt?.description ?? never,
            FinishedAt: state.finishedAt?.description ?? never,
            Health: state.health.map { health in
                .init(
                    Status: health.status.rawValue,
                    FailingStreak: health.failingStreak,
                    Log: health.log.map {
                        .init(
                            Start: $0.start.description,
                            End: $0.end.description,
                            ExitCode: $0.exitCode,
                            Output: $0.output
                        )
                    }
                )
            }
        )
    }

    private static func settingsView(
        _ record: ContainerRecord,
        _ plan: LaunchPlan,
        _ config: ContainerConfig?,
        _ options: CreationOptions
    ) -> ContainerInspection.Settings {
        var directory = config?.workingDir ?? ""
        for operation in plan.operations {
            if case .changeDirectory(let path) = operation { directory = path }
        }
        let isAttached = record.closesInputWithClient == true
        return .init(
            Hostname: record.hostname,
            User: config?.user ?? "",
            Tty: record.terminal,
            OpenStdin: record.openStandardInput,
            Env: environment(plan.command.environment, given: config?.env ?? []),
            Cmd: config.map(\.cmd) ?? record.command,
            Entrypoint: config?.entrypoint,
            Volumes: config?.volumes?.mapValues { _ in [:] },
            ExposedPorts: config?.exposedPorts?.mapValues { _ in [:] },
            Domainname: options.domainname,
            AttachStdin: options.attached?.contains("stdin") ?? isAttached,
            AttachStdout: options.attached?.contains("stdout") ?? true,
            AttachStderr: options.attached?.contains("stderr") ?? true,
            StdinOnce: isAttached,
            Healthcheck: record.healthCheck.map { healthView($0, config?.healthcheck?.test) },
            Image: record.image,
            WorkingDir: directory,
            Labels: record.labels,
            StopSignal: SignalName.name(of: record.stopSignal),
            StopTimeout: record.stopTimeout
        )
    }

    /// The variables that the user, the image or llmbox's defaults have chosen.
    ///
    /// What every process gets besides is left out: who makes another container of these would carry the old name on.
    private static func environment(_ all: [String], given: [String]) -> [String] {
        func name(_ text: String) -> Substring { text.prefix { $0 != "=" } }
        let chosen = Set(given.map(name))
        return all.filter { !["HOSTNAME", "HOME", "TERM"].contains(name($0)) || chosen.contains(name($0)) }
    }

    private static func healthView(_ check: HealthCheck, _ test: [String]?)
        -> ContainerInspection.HealthSettingsView
    {
        func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
        return .init(
            Test: test ?? ["CMD"] + check.command,
            Interval: nanoseconds(check.interval),
            Timeout: nanoseconds(check.timeout),
            StartPeriod: nanoseconds(check.startPeriod),
            // As docker, which fills none in.
            StartInterval: check.startInterval == HealthCheck(command: []).startInterval
                ? 0 : nanoseconds(check.startInterval),
            Retries: check.retries
        )
    }

    static func logView(_ log: LogSettings) -> ContainerInspection.LogSettingsView {
        var options: [String: String] = [:]
        if let size = log.maximumSize { options["max-size"] = String(size) }
        if log.maximumFiles > 1 { options["max-file"] = String(log.maximumFiles) }
        for (name, value) in log.details ?? [:] { options[name] = value }
        return .init(Type: log.keepsOutput ? "json-file" : "none", Config: options)
    }

    private static func driverView(
        _ directory: ContainerDirectory,
        _ record: ContainerRecord
    ) -> ContainerInspection.Driver {
        .init(
            Name: "overlay2",
            Data: [
                "LowerDir": record.lowerDirectories.joined(separator: ":"), "UpperDir": directory.upperPath,
                "WorkDir": directory.workPath,
            ]
        )
    }

    /// A publication on all addresses is two, as docker shows them.
    static func families(_ port: PortPublication) -> [PortPublication] {
        guard port.hostAddress.isEmpty else { return [port] }
        return anyAddresses.map { address in
            var port = port
            port.hostAddress = address
            return port
        }
    }

    static func bindings(_ ports: [PortPublication]) -> [String: [ContainerInspection.PortBinding]] {
        Dictionary(grouping: ports) { "\($0.containerPort)/\($0.transport.rawValue)" }.mapValues { group in
            group.map {
                .init(HostIp: $0.hostAddress, HostPort: $0.hostPortText)
            }
        }
    }
}
