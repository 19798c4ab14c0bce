internal import ArgumentParser
internal import Engine

/// The command `llmbox volume`.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Manage volumes.",
        subcommands: [Create.self, List.self, Inspect.self, Remove.self, VolumePruneCommand.self]
    )

    /// The command `llmbox volume create`.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Make a volume.")

        @Option(name: .long, help: "Label KEY=VALUE.") var label: [String] = []
        @Argument(help: "The name.") var name: String?

        func run() throws { print(try ContainerAccess.service().createVolume(name, labels: label)) }
    }

    /// The command `llmbox volume ls`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls",
            abstract: "List volumes.",
            aliases: ["list"]
        )

        @Flag(name: .shortAndLong, help: "Show names only.") var quiet = false
        @Option(name: .long, help: "table, json, or a Go template.") var format: String?

        func run() throws {
            let volumes = try ContainerAccess.service().listVolumes()
            if quiet {
                for volume in volumes { print(volume.name) }
                return
            }
            let list = try ListFormat(
                format,
                defaultColumns: ["Driver", "Name"],
                headers: ["Name": "VOLUME NAME"]
            )
            print(try list.render(volumes.map(VolumeRow.value)), terminator: "")
        }
    }

    /// The command `llmbox volume inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "inspect", abstract: "Show volumes in full.")

        @Argument(help: "The volumes.") var names: [String]

        func run() throws {
            let service = try ContainerAccess.service()
            var found: [DisplayValue] = []
            var failure: (any Error)?
            for name in names {
                do { found.append(VolumeRow.value(try service.inspectVolume(name))) } catch { failure = error }
            }
            print(DisplayValue.array(found).json(indent: 4))
            if let failure { throw failure }
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
    static func value(_ volume: VolumeSummary) -> DisplayValue {
        .fields([
            "CreatedAt": .string(volume.created), "Driver": "local", "Labels": .map(volume.labels),
            "Mountpoint": .string(volume.mountpoint), "Name": .string(volume.name), "Scope": "local",
        ])
    }
}
