internal import Glibc
internal import LaunchProtocol
internal import LinuxKernel
internal import SystemPackage

/// Starts processes in containers.
///
/// ```
/// plan ─▶ sealed memory ─▶ clone3 ─▶ id maps, network ─▶ release ─▶ ready ─▶ start ─▶ execve
///                              └─▶ llmbox-init performs the plan meanwhile
/// ```
public enum Launcher {
    static let cloneAction = "create the container's namespaces"

    /// Sets a container up and returns when it is ready; ``RunningProcess/start()`` then executes its command.
    ///
    /// - Important: blocks. On failure nothing is left behind but what the caller made itself.
    public static func launch(_ request: LaunchRequest) throws(LaunchError) -> RunningProcess {
        try validate(request.plan, standardIO: request.standardIO)
        var streams = ParentStreams()
        let child = try ChildProcess.spawn(request, streams: &streams)
        return try child.prepare(plan: request.plan, streams: &streams) { (child) throws(LaunchError) in
            do {
                try request.beforeRelease(child.id)
            } catch {
                throw LaunchError.preparationFailed(error)
            }
        }
    }

    /// Sets a further process of a running container up, to be executed by ``RunningProcess/start()``.
    ///
    /// - Important: blocks. The process is a child of the caller, not of the container's.
    public static func exec(_ request: ExecRequest) throws(LaunchError) -> RunningProcess {
        try validate(request.plan, standardIO: request.standardIO)
        guard request.plan.namespaces.isEmpty else {
            throw .invalidRequest("a process that joins a container has no namespaces of its own")
        }
        if let foreign = request.foreign {
            do {
                return try ForeignContainer.beside(foreign.runtime, foreign.directory).exec(request, foreign.document)
            } catch {
                throw (error as? LaunchError) ?? .preparationFailed(error)
            }
        }
        var streams = ParentStreams()
        let child = try ChildProcess.spawn(request, streams: &streams)
        return try child.prepare(plan: request.plan, streams: &streams) { (_) throws(LaunchError) in }
    }

    private static func validate(_ plan: LaunchPlan, standardIO: StandardIO) throws(LaunchError) {
        guard !plan.command.arguments.isEmpty, plan.command.arguments[0] != "" else {
            throw .invalidRequest("there is no command to execute")
        }
        guard plan.operations.contains(.awaitRelease), plan.operations.contains(.reportReady) else {
            throw .invalidRequest("the plan does not wait for its release and its start")
        }
        guard (plan.terminal != nil) == (standardIO == .terminal) else {
            throw .invalidRequest("the plan and the caller disagree about the terminal")
        }
    }
}
