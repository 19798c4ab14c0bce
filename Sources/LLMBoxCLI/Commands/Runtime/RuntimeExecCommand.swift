internal import ArgumentParser
internal import Engine

/// `llmbox runtime exec`.
struct RuntimeExecCommand: RuntimeAction {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a further process in a container."
    )

    @Option(name: .shortAndLong, help: "A file that describes the process in full, as JSON.") var process: String?
    @Option(name: .customLong("console-socket"), help: "A socket that takes the process's terminal.")
    var consoleSocket: String?
    @Option(name: .customLong("pid-file"), help: "A file that takes the process's number.") var pidFile: String?
    @Option(name: .customLong("pidfd-socket"), help: "A socket that takes a descriptor of the process.")
    var processSocket: String?
    @Option(name: .customLong("preserve-fds"), help: "How many descriptors beyond 2 the process gets.")
    var preservedFiles = 0
    @Option(help: "The working directory.") var cwd: String?
    @Option(name: .shortAndLong, help: "A variable, NAME=VALUE.") var env: [String] = []
    @Flag(name: .shortAndLong, help: "Give it a terminal.") var tty = false
    @Option(name: .shortAndLong, help: "UID[:GID].") var user: String?
    @Option(name: [.customShort("g"), .customLong("additional-gids")], help: "A supplementary group.")
    var additionalGroups: [UInt32] = []
    @Flag(name: .shortAndLong, help: "Do not wait for its end.") var detach = false
    @Option(name: .customLong("process-label"), help: "The SELinux label.") var processLabel: String?
    @Option(help: "The AppArmor profile.") var apparmor: String?
    @Flag(name: .customLong("no-new-privs"), help: "It can never gain privileges.") var noNewPrivileges = false
    @Option(name: .shortAndLong, help: "A capability more.") var cap: [String] = []
    @Option(help: "A subgroup of the container's control groups, as `[CONTROLLER[,CONTROLLER]:]PATH`.")
    var cgroup: [String] = []
    @Flag(name: .customLong("ignore-paused"), help: "Start it though the container is frozen.") var ignorePaused = false
    @Argument(help: "The container's id.") var id: String
    @Argument(parsing: .captureForPassthrough, help: "The program and its arguments.") var command: [String] = []

    func perform(_ service: RuntimeService) throws {
        var request = RuntimeExecRequest(id: id)
        if let process {
            try request.readProcess(process)
        } else if command.isEmpty {
            throw ValidationError("exec needs a program, or a file of `--process`")
        }
        request.arguments = command.first == "--" ? Array(command.dropFirst()) : command
        request.environment = env
        request.user = try user.map(Self.user)
        request.additionalGroups = additionalGroups
        request.workingDirectory = cwd
        request.capabilities = cap
        request.terminal = tty
        request.noNewPrivileges = noNewPrivileges ? true : nil
        request.apparmorProfile = apparmor
        request.selinuxLabel = processLabel
        request.subgroups = cgroup
        request.ignoresPause = ignorePaused
        request.options.consoleSocket = consoleSocket
        request.options.pidFile = pidFile
        request.options.processSocket = processSocket
        request.options.preservedFiles = preservedFiles
        request.options.isDetached = detach
        throw ExitCode(try service.exec(request))
    }

    private static func user(_ text: String) throws -> (uid: UInt32, gid: UInt32?) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let uid = UInt32(parts[0]) else {
            throw ValidationError("`--user` takes numbers, UID or UID:GID, not `\(text)`")
        }
        guard parts.count == 2 else { return (uid, nil) }
        guard let gid = UInt32(parts[1]) else {
            throw ValidationError("`--user` takes numbers, UID or UID:GID, not `\(text)`")
        }
        return (uid, gid)
    }
}
