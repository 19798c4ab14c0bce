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
        let processes = try service.processes(of: id)
        if format == "json" {
            print(String(decoding: try CanonicalJSON.encode(processes), as: UTF8.self))
            return
        }
        guard options.isEmpty || options == ["-ef"] else {
            throw ValidationError("options of ps are not supported; `--format json` gives the numbers for it")
        }
        let rows = processes.map { ["\($0)", ErrorPresenter.printable(RuntimeService.command(of: $0))] }
        print(Table(header: ["PID", "CMD"], rows: rows).render(), terminator: "")
    }
}

/// `llmbox runtime events`.
struct RuntimeEventsCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "events", abstract: "Print what a container uses.")

    @Flag(help: "Print once and end.") var stats = false
    @Option(help: "Seconds between two lines, as `5s`.") var interval = "5s"
    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws {
        guard let seconds = UInt32(interval.hasSuffix("s") ? String(interval.dropLast()) : interval), seconds > 0 else {
            throw ValidationError("`--interval` takes seconds, as `5s`, not `\(interval)`")
        }
        while true {
            guard try service.state(of: id).status != RuntimeStatus.stopped.rawValue else { return }
            let event = RuntimeEvent(id: id, try service.usage(of: id))
            print(String(decoding: try CanonicalJSON.encode(event), as: UTF8.self))
            fflush(nil)
            if stats { return }
            sleep(seconds)
        }
    }
}

/// A line of `events`, in runc's shape: `{"type":"stats","id":…,"data":{"cpu":…,"memory":…,"pids":…}}`.
private struct RuntimeEvent: Encodable {
    struct Usage: Encodable { var total: Int64 }
    struct CPU: Encodable { var usage: Usage }
    struct MemoryUsage: Encodable {
        var usage: Int64
        var limit: Int64?
    }
    struct Memory: Encodable { var usage: MemoryUsage }
    struct Pids: Encodable { var current: Int }
    struct Data: Encodable {
        var cpu: CPU?
        var memory: Memory?
        var pids: Pids?
    }

    var type = "stats"
    var id: String
    var data: Data

    init(id: String, _ usage: ContainerUsage) {
        self.id = id
        data = Data(
            cpu: usage.cpu.map { CPU(usage: Usage(total: $0)) },
            memory: usage.memory.map { Memory(usage: MemoryUsage(usage: $0, limit: usage.memoryLimit)) },
            pids: usage.pids.map { Pids(current: $0) }
        )
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

    func perform(_ service: RuntimeService) throws {
        try RuntimeTemplate.write(into: bundle)
    }
}
