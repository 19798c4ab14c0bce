internal import ContainerRuntime
internal import Glibc
internal import LaunchPlanning
internal import LaunchProtocol
internal import LinuxKernel
internal import OCIModel

/// What the command line of `exec` says.
public struct ExecFlags: Sendable {
    /// The program and its arguments.
    public var command: [String]
    /// The value of `-e`.
    public var environment: [String] = []
    /// The value of `--env-file`.
    public var environmentFiles: [String] = []
    /// The value of `-u`.
    public var user: String?
    /// The value of `-w`.
    public var workingDirectory: String?
    /// The value of `--privileged`.
    public var isPrivileged = false
    /// The value of `-t`.
    public var terminal = false
    /// The value of `-i`.
    public var openInput = false
    /// The value of `-d`.
    public var isDetached = false
    /// The value of `--detach-keys`; nil is ctrl-p ctrl-q.
    public var detachKeys: String?
    /// The size of the caller's terminal.
    public var terminalSize: (rows: UInt16, columns: UInt16)?

    /// Runs `command` in a container.
    public init(command: [String]) {
        self.command = command
    }
}

extension ContainerService {
    /// The exit status of `exec` for an error: docker's runtime fails with 126 where the container is not as the process
    /// needs it, and everything before that is an error as any other.
    public static func execStatus(for error: any Error) -> Int32 {
        if case LaunchError.stepFailed = error { return 126 }
        if case UserLookupError.unknownUser = error { return 126 }
        return exitStatus(for: error) ?? 1
    }

    /// Runs a further process in a running container and waits for its end, unless it is detached.
    ///
    /// - Parameters:
    ///   - flags: what the user asked for.
    ///   - reference: the container.
    /// - Returns: how it ended.
    /// - Throws: ``RunError/notRunning(_:)``, and the errors of the start.
    public func exec(_ flags: ExecFlags, in reference: String) throws -> AttachOutcome {
        var attach = AttachFlags()
        attach.detachKeys = flags.detachKeys
        let keys = try attach.keys()
        let directory = try find(reference)
        let state = try directory.state()
        if state.status == .paused { throw RunError.paused(reference) }
        guard state.status == .running, let process = state.process else { throw RunError.notRunning(reference) }
        if !flags.isDetached { try checkTerminal(wantsTerminal: flags.terminal, wantsInput: flags.openInput) }
        let container = try LaunchPlan.decode(directory.plan())
        let record = try directory.record()
        var changes = ExecPlan.Changes(arguments: flags.command)
        for path in flags.environmentFiles {
            let text = String(decoding: try FileIO.readAll(path: path, limit: 1 << 20), as: UTF8.self)
            changes.environment += try EnvironmentList.parseFile(text, path: path, caller: environment)
        }
        changes.environment += try EnvironmentList.resolving(flags.environment, caller: environment)
        if let user = flags.user {
            // The container's own view: what its processes changed is in the upper directory.
            let files = ImageFiles(trees: [directory.upperPath] + record.lowerDirectories)
            let resolved = try UserLookup.resolve(
                user,
                passwd: files.read("etc/passwd", limit: UserLookup.fileLimit),
                group: files.read("etc/group", limit: UserLookup.fileLimit)
            )
            changes.user = resolved
            // Another user has another home, unless somebody has said where it is.
            let said = (try directory.config()?.env ?? []) + changes.environment
            if !said.contains(where: { $0.hasPrefix("HOME=") }) { changes.environment.append("HOME=" + resolved.home) }
        }
        if let path = flags.workingDirectory {
            guard path.hasPrefix("/") else { throw SpecError.relativeWorkingDirectory(path) }
            changes.workingDirectory = path
        }
        if flags.terminal {
            let size = flags.terminalSize ?? (24, 80)
            changes.terminal = TerminalRequest(
                rows: size.rows,
                columns: size.columns,
                isConsole: false,
                user: changes.user?.uid ?? 0
            )
        }
        if flags.isPrivileged { changes.privileges = try HostFacts.probe().boundingCapabilities }
        changes.sharedNamespaces = NamespaceSet(rawValue: record.sharedNamespaces)
        let plan = ExecPlan.derive(from: container, changes)
        let words = flags.command.joined(separator: " ")
        // An event that cannot be noted must not fail what it is about.
        let note = { (action: String, attributes: [String: String]) in
            containers.events.append(ContainerEvent(action, of: record, attributes))
        }
        note("exec_create: \(words)", [:])
        note("exec_start: \(words)", [:])
        let foreign = try record.runtime.map { (runtime) throws in
            let document = try CanonicalJSON.encode(ExecPlan.document(of: plan))
            return ForeignProcess(runtime: runtime, directory: directory, document: document)
        }
        let ending = try ExecSession.run(
            plan,
            target: process.pid,
            cgroups: state.cgroups,
            attachesInput: flags.openInput,
            isDetached: flags.isDetached,
            detachKeys: keys,
            foreign: foreign
        )
        switch ending {
        case .exited(let code):
            if !flags.isDetached { note("exec_die", ["exitCode": "\(code)"]) }
            return .exited(code)
        case .detached: return .detached
        }
    }
}
