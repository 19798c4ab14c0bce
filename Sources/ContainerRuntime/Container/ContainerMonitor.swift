internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// The process that stays with a detached container: `llmbox --monitor <directory> [attached]`.
///
/// It is started in a session of its own, with nothing open but `/dev/null`, the connection of a client that is attached
/// from the start if there is one, and a pipe on which it reports how the start went:
///
///     monitor ─▶ CLI    "+" warning "\0" warning …                  the container's command was executed
///                       "-" status "\0" what "\0" why "\0" remedy   it was not
public enum ContainerMonitor {
    /// The first argument that makes the program a monitor.
    public static let flag = "--monitor"
    private static let clientDescriptor = ReportingProcess.descriptor + 1

    /// Starts the monitor of a container and returns when the container runs.
    ///
    /// Throws ``ContainerError/monitorFailed(_:)`` with the report where it does not.
    ///
    /// - Returns: what was asked for and could not be had in full.
    @discardableResult
    public static func start(
        _ directory: ContainerDirectory,
        program: String = "/proc/self/exe"
    ) throws(ContainerError) -> [String] {
        try start(directory, client: -1, program)
    }

    /// Starts the monitor of a container and returns a connection to it, which misses nothing that the container writes.
    ///
    /// What was asked for and could not be had in full is added to `warnings`.
    ///
    /// Throws ``ContainerError/monitorFailed(_:)`` with the report where the container does not start.
    public static func startAttached(
        _ directory: ContainerDirectory,
        warnings: inout [String],
        program: String = "/proc/self/exe"
    ) throws(ContainerError) -> OwnedFD {
        let ends: SocketPair
        do throws(SyscallError) { ends = try OwnedFD.messageSocketPair() } catch { throw .system(error) }
        warnings += try start(directory, client: ends.far.raw, program)
        return ends.near
    }

    private static func start(
        _ directory: ContainerDirectory,
        client: Int32,
        _ program: String
    ) throws(ContainerError) -> [String] {
        let report: [UInt8]
        do throws(SyscallError) {
            let arguments = [flag, directory.path] + (client >= 0 ? ["attached"] : [])
            let monitor = try ReportingProcess(arguments, of: program, files: client >= 0 ? [client] : [])
            report = try monitor.words()
            if report.first != UInt8(ascii: "+") {
                var status: Int32 = 0
                waitpid(monitor.pid, &status, 0)
            }
        } catch {
            throw .system(error)
        }
        if report.first == UInt8(ascii: "+") {
            return report.dropFirst().split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        }
        throw .monitorFailed(MonitorReport(report))
    }

    /// What the program does instead of its command line when ``flag`` is its first argument.
    ///
    /// - Returns: the program's exit status.
    public static func main(_ arguments: [String], hooks: SupervisorHooks = SupervisorHooks()) -> Int32 {
        guard (3...4).contains(arguments.count), arguments[1] == flag else { return 125 }
        let isAttached = arguments.count == 4
        ReportingProcess.settle(files: isAttached ? 1 : 0)
        let directory = ContainerDirectory(path: arguments[2])
        let parent = arguments[2].split(separator: "/").dropLast().joined(separator: "/")
        let collection = ContainerCollection(path: "/" + parent)
        let supervisor = ContainerSupervisor(
            directory,
            in: collection,
            role: .monitor,
            firstClient: isAttached ? clientDescriptor : -1,
            hooks: hooks
        )
        var reported = false
        do {
            let exit = try supervisor.run { warnings in
                reported = true
                send(Array("+".utf8) + warnings.map { Array($0.utf8) }.joined(separator: [0]))
            }
            return exit.code
        } catch {
            if !reported { send(MonitorReport(error).bytes) }
            return ContainerSupervisor.exitStatus(for: error)
        }
    }

    private static func send(_ bytes: [UInt8]) {
        _ = write(ReportingProcess.descriptor, bytes, bytes.count)
        close(ReportingProcess.descriptor)
    }
}
