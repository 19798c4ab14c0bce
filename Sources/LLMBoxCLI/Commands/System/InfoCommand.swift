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
            "ContainersRunning": .integer(Int64(host.running)),
            "ContainersStopped": .integer(Int64(host.containers - host.running)),
            "Images": .integer(Int64(host.images)),
            "Driver": "overlay",
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
        ])
        if let format {
            let text = format == "json" ? value.json() : try GoTemplate(format).render(value)
            return try StandardOutput.write(text + "\n")
        }
        let lines = [
            ("Containers", "\(host.containers)"),
            (" Running", "\(host.running)"),
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
}
