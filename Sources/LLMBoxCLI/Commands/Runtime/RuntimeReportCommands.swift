internal import ArgumentParser
internal import Engine
internal import Glibc
internal import OCIModel

/// Prints a document as JSON.
private func show(_ value: some Encodable) throws {
    print(String(decoding: try CanonicalJSON.encodePretty(value), as: UTF8.self))
}

/// `llmbox runtime state`.
struct RuntimeStateCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "state", abstract: "Show what a container is doing.")

    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws { try show(try service.state(of: id)) }
}

/// `llmbox runtime list`.
struct RuntimeListCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the containers below `--root`."
    )

    @Option(name: .shortAndLong, help: "table or json.") var format = "table"
    @Flag(name: .shortAndLong, help: "Print ids only.") var quiet = false

    func perform(_ service: RuntimeService) throws {
        let states = try service.list()
        if quiet {
            for state in states { print(state.id) }
        } else if format == "json" {
            print(String(decoding: try CanonicalJSON.encode(states), as: UTF8.self))
        } else if format == "table" {
            let rows = states.map { [$0.id, "\($0.pid)", $0.status, $0.bundle, $0.created, $0.owner] }
            print(
                Table(header: ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"], rows: rows).render(),
                terminator: ""
            )
        } else {
            throw ValidationError("`--format` takes `table` or `json`, not `\(format)`")
        }
    }
}

/// `llmbox runtime ps`.
struct RuntimeProcessesCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List the processes of a container by the host's numbers."
    )

    @Option(name: .shortAndLong, help: "table or json.") var format = "table"
    @Argument(help: "The container's id.") var id: String
    @Argument(parsing: .captureForPassthrough, help: "Options of ps(1).") var options: [String] = []

    func perform(_ service: RuntimeService) throws {
        guard format == "table" || format == "json" else {
            throw ValidationError("`--format` takes `table` or `json`, not `\(format)`")
        }
        if format == "json" {
            print(String(decoding: try CanonicalJSON.encode(try service.processes(of: id)), as: UTF8.self))
        } else {
            print(ErrorPresenter.printable(try service.processTable(of: id, options: options)), terminator: "")
        }
    }
}

/// `llmbox runtime events`.
struct RuntimeEventsCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "events", abstract: "Print what a container uses.")

    @Flag(help: "Print once and end.") var stats = false
    @Option(help: "The time between two lines, as `5s` or `1m30s`.") var interval = "5s"
    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws {
        if stats {
            try Self.print(service.usage(of: id))
            return
        }
        let period = try RuntimeService.milliseconds(interval, option: "--interval")
        try service.watch(id, every: period, Self.print)
    }

    private static func print(_ event: RuntimeEvent) throws {
        Swift.print(String(decoding: try CanonicalJSON.encode(event), as: UTF8.self))
        fflush(nil)
    }
}

/// `llmbox runtime features`.
struct RuntimeFeaturesCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "features", abstract: "Show what the runtime knows.")

    func perform(_ service: RuntimeService) throws { try show(RuntimeTemplate.features()) }
}

/// `llmbox runtime spec`.
struct RuntimeSpecCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "spec",
        abstract: "Write a `config.json` to begin with."
    )

    @Option(name: .shortAndLong, help: "The bundle's directory.") var bundle = "."
    @Flag(help: "For a container that an ordinary user starts.") var rootless = false

    func perform(_ service: RuntimeService) throws {
        try RuntimeTemplate.write(into: bundle, rootless: rootless)
    }
}
