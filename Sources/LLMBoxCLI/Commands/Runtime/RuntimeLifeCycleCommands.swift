internal import ArgumentParser
internal import Engine

/// What `create` and `run` share.
struct RuntimeCreateOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The bundle's directory.") var bundle = "."
    @Option(name: .customLong("console-socket"), help: "A socket that takes the container's terminal.")
    var consoleSocket: String?
    @Option(name: .customLong("pid-file"), help: "A file that takes the number of the first process.")
    var pidFile: String?
    @Option(name: .customLong("pidfd-socket"), help: "A socket that takes a descriptor of the first process.")
    var processSocket: String?
    @Option(name: .customLong("preserve-fds"), help: "How many descriptors beyond 2 the process gets.")
    var preservedFiles = 0
    @Flag(name: .customLong("no-pivot"), help: "Cover the host's root instead of letting go of it, as in an initramfs.")
    var noPivot = false
    @Flag(name: .customLong("no-new-keyring"), help: "Keep the session keyring of the caller.")
    var noNewKeyring = false
    @Flag(name: .customLong("no-subreaper"), help: "Adopt no orphans, as is always so.")
    var noSubreaper = false
    @Argument(help: "The container's id.") var id: String

    func request() -> RuntimeCreateRequest {
        var request = RuntimeCreateRequest(id: id)
        request.bundle = bundle
        request.consoleSocket = consoleSocket
        request.pidFile = pidFile
        request.processSocket = processSocket
        request.preservedFiles = preservedFiles
        request.sharesKeyring = noNewKeyring
        request.coversRoot = noPivot
        return request
    }
}

/// Prints what could not be had in full.
private func report(_ warnings: [String]) {
    for warning in warnings { ErrorPresenter.write("warning: \(ErrorPresenter.printable(warning))\n") }
}

/// `llmbox runtime create`.
struct RuntimeCreateCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Set a container up and leave it waiting for `start`."
    )

    @OptionGroup var options: RuntimeCreateOptions

    func perform(_ service: RuntimeService) throws { report(try service.create(options.request())) }
}

/// `llmbox runtime run`.
struct RuntimeRunCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Create and start a container.")

    @OptionGroup var options: RuntimeCreateOptions
    @Flag(name: .shortAndLong, help: "Do not wait for its end.") var detach = false
    @Flag(help: "Keep the container when it has ended.") var keep = false

    func perform(_ service: RuntimeService) throws {
        var request = options.request()
        request.isDetached = detach
        throw ExitCode(try service.run(request, keeps: keep))
    }
}

/// `llmbox runtime start`.
struct RuntimeStartCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Run the process of a container that was created."
    )

    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws { report(try service.start(id)) }
}

/// `llmbox runtime kill`.
struct RuntimeKillCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "kill", abstract: "Send a signal to a container.")

    @Flag(name: .shortAndLong, help: "Send it to all processes.") var all = false
    @Argument(help: "The container's id.") var id: String
    @Argument(help: "The signal by name or number.") var signal = "SIGTERM"

    func perform(_ service: RuntimeService) throws { try service.kill(id, signal: signal, all: all) }
}

/// `llmbox runtime delete`.
struct RuntimeDeleteCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a container that has ended."
    )

    @Flag(name: .shortAndLong, help: "Kill it first when it runs; say nothing when it is missing.") var force = false
    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws { try service.delete(id, force: force) }
}

/// `llmbox runtime pause`.
struct RuntimePauseCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "pause", abstract: "Freeze all processes.")

    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws { try service.setPaused(id, true) }
}

/// `llmbox runtime resume`.
struct RuntimeResumeCommand: RuntimeAction {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let frozen processes go on.")

    @Argument(help: "The container's id.") var id: String

    func perform(_ service: RuntimeService) throws { try service.setPaused(id, false) }
}
