internal import ArgumentParser
internal import Diagnostics
internal import Engine

/// `llmbox info`.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show what the machine and the store are like."
    )

    @Option(name: .shortAndLong, help: "`json`, or a Go template.")
    var format: String?

    func run() throws {
        let host = try ImageService(.current).hostSummary()
        let value = DisplayValue.fields([
            "Containers": .integer(Int64(host.containers)),
            "ContainersRunning": .integer(Int64(host.running - host.paused)),
            "ContainersPaused": .integer(Int64(host.paused)),
            "ContainersStopped": .integer(Int64(host.containers - host.running)),
            "Images": .integer(Int64(host.images)),
            "Driver": "overlay2",
            "CgroupDriver": "cgroupfs",
            "CgroupVersion": .string(String(host.cgroupVersion)),
            "KernelVersion": .string(host.kernel),
            "OperatingSystem": .string(host.operatingSystem),
            "OSType": "linux",
            "Architecture": .string(host.architecture),
            "NCPU": .integer(Int64(host.processors)),
            "MemTotal": .integer(Int64(clamping: host.memory)),
            "DockerRootDir": .string(host.root),
            "Name": .string(host.name),
            "SecurityOptions": .strings(host.security.map { "name=\($0)" }),
            "ServerVersion": .string(LLMBoxVersion.number),
        ]).merging(Self.constants)
        if let format {
            let text = format == "json" ? value.json() : try GoTemplate(format).render(value)
            return try StandardOutput.write(text + "\n")
        }
        let lines = [
            ("Containers", "\(host.containers)"),
            (" Running", "\(host.running - host.paused)"),
            (" Paused", "\(host.paused)"),
            (" Stopped", "\(host.containers - host.running)"),
            ("Images", "\(host.images)"),
            ("Version", LLMBoxVersion.number),
            ("Store", host.root),
            ("Cgroup Version", "\(host.cgroupVersion)"),
            ("Security Options", host.security.joined(separator: " ")),
            ("Kernel Version", host.kernel),
            ("Operating System", host.operatingSystem),
            ("Architecture", host.architecture),
            ("CPUs", "\(host.processors)"),
            ("Total Memory", HumanSize.binary(Int64(clamping: host.memory))),
            ("Name", host.name),
        ]
        for (name, text) in lines { try StandardOutput.write("\(name): \(TerminalText.escaped(text))\n") }
    }

    /// What is the same everywhere, and what tools ask a daemon for before they go on.
    private static let constants = DisplayValue.fields([
        "ClientInfo": .fields(["Context": "default", "Debug": false, "Plugins": .array([])]),
        "CPUSet": true, "CPUShares": true, "CpuCfsPeriod": true, "CpuCfsQuota": true, "Debug": false,
        "DefaultRuntime": "llmbox", "DriverStatus": .array([]), "ExperimentalBuild": false, "GenericResources": nil,
        "HttpProxy": "", "HttpsProxy": "", "ID": "", "IPv4Forwarding": true,
        "IndexServerAddress": "https://index.docker.io/v1/", "InitBinary": "llmbox-init", "Isolation": "",
        "Labels": .array([]), "LiveRestoreEnabled": true, "LoggingDriver": "json-file", "MemoryLimit": true,
        "NoProxy": "", "OomKillDisable": true, "PidsLimit": true,
        "Plugins": .fields([
            "Authorization": nil, "Log": .strings(["json-file", "none"]),
            "Network": .strings(["bridge", "host", "none"]), "Volume": .strings(["local"]),
        ]),
        "ProductLicense": "",
        "RegistryConfig": .fields([
            "IndexConfigs": .fields([
                "docker.io": .fields(["Mirrors": .array([]), "Name": "docker.io", "Official": true, "Secure": true])
            ]),
            "InsecureRegistryCIDRs": .strings(["127.0.0.0/8"]), "Mirrors": .array([]),
        ]),
        "Runtimes": .fields(["llmbox": .fields(["path": "llmbox"])]),
        "SwapLimit": true,
        "Swarm": .fields([
            "ControlAvailable": false, "Error": "", "LocalNodeState": "inactive", "NodeAddr": "", "NodeID": "",
            "RemoteManagers": nil,
        ]),
        "Warnings": nil,
    ])
}

extension DisplayValue {
    /// An object with the fields of another one behind its own.
    fileprivate func merging(_ other: DisplayValue) -> DisplayValue {
        guard case .object(let own) = self, case .object(let added) = other else { return self }
        return .object(own + added)
    }
}
