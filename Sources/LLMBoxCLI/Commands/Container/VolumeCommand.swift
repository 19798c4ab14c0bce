internal import ArgumentParser
internal import Engine

/// The command `llmbox volume`.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Manage volumes.",
        subcommands: [
            Create.self, List.self, Inspect.self, Remove.self, VolumePruneCommand.self, VolumeExistsCommand.self,
        ]
    )

    /// The command `llmbox volume create`.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a volume.")

        @Option(name: .shortAndLong, help: "The kind: local.") var driver = "local"
        @Option(name: .long, help: "Label KEY=VALUE.") var label: [String] = []
        @Option(
            name: [.customShort("o", allowingJoined: true), .customLong("opt")],
            help: "Option NAME=VALUE: type, device and o as for mount, or size."
        )
        var opt: [String] = []
        @Option(name: .customLong("name"), help: .hidden) var option: String?
        @Argument(help: "The name.") var name: String?

        func validate() throws {
            guard name == nil || option == nil else {
                throw ValidationError("give the name once, as the argument or with `--name`")
            }
        }

        func run() throws {
            let service = try ContainerAccess.service()
            try StandardOutput.line(
                try service.createVolume(name ?? option, driver: driver, labels: label, options: opt)
            )
        }
    }

    /// The command `llmbox volume ls`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List volumes.",
            aliases: ["list"]
        )

        @Flag(name: .shortAndLong, help: "Show names only.") var quiet = false
        @Option(name: .shortAndLong, help: "Condition: dangling, driver, label or name.") var filter: [String] = []
        @Option(name: .long, help: "`table`, `json`, or a Go template.") var format: String?

        func run() throws {
            let filters = try filter.map { (text) throws in try VolumeFilter(text) }
            let volumes = try ContainerAccess.service().listVolumes(filters)
            if quiet {
                for volume in volumes { try StandardOutput.line(volume.name) }
                return
            }
            let list = try ListFormat(
                format,
                defaultColumns: ["Driver", "Name"],
                headers: ["Name": "VOLUME NAME"]
            )
            try StandardOutput.write(list.render(volumes.map(VolumeRow.row)))
        }
    }

    /// The command `llmbox volume inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show volumes in full.")

        @Option(name: .shortAndLong, help: "A Go template instead of JSON.") var format: String?
        @Argument(help: "The volumes.") var names: [String]

        func run() throws {
            let service = try ContainerAccess.service()
            try InspectOutput(format: format).print(names) { VolumeRow.value(try service.inspectVolume($0)) }
        }
    }

    /// The command `llmbox volume rm`.
    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove volumes.",
            aliases: ["remove"]
        )

        @Flag(name: .shortAndLong, help: "A missing volume is no error.") var force = false
        @Argument(help: "The volumes.") var names: [String]

        func run() throws {
            try ContainerAccess.forEach(names) { service, name in
                try service.removeVolume(name, force: force)
                return nil
            }
        }
    }
}

/// A volume as docker's JSON and templates know it.
enum VolumeRow {
    /// For `inspect`.
    static func value(_ volume: VolumeSummary) -> DisplayValue {
        .fields([
            "CreatedAt": .string(volume.created), "Driver": "local", "Labels": map(volume.labels),
            "Mountpoint": .string(volume.mountpoint), "Name": .string(volume.name), "Options": map(volume.options),
            "Scope": "local",
        ])
    }

    /// For `ls`, whose templates get texts.
    static func row(_ volume: VolumeSummary) -> DisplayValue {
        let labels = volume.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        return .fields([
            "Availability": "N/A", "Driver": "local", "Group": "N/A", "Label": .lookup(volume.labels),
            "Labels": .string(labels), "Links": "N/A",
            "Mountpoint": .string(volume.mountpoint), "Name": .string(volume.name), "Scope": "local", "Size": "N/A",
            "Status": "N/A",
        ])
    }

    private static func map(_ pairs: [String: String]) -> DisplayValue { pairs.isEmpty ? .null : .map(pairs) }
}
