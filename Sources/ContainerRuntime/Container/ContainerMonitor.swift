internal import Diagnostics
internal import Glibc
public import LinuxKernel
internal import SystemPackage

/// The process that stays with a detached container: `llmbox --monitor <directory> [attached]`.
///
/// It is started in a session of its own, with nothing open but `/dev/null`, the connection of a client that is attached
/// from the start if there is one, and a pipe on which it reports how the start went:
///
///     monitor ─▶ CLI    "+"                                         the container's command was executed
///                       "-" status "\0" what "\0" why "\0" remedy   it was not
public enum ContainerMonitor {
    /// The first argument that makes the program a monitor.
    public static let flag = "--monitor"
    private static let reportDescriptor: Int32 = 3
    private static let clientDescriptor: Int32 = 4

    /// Starts the monitor of a container and returns when the container runs.
    ///
    /// Throws ``ContainerError/monitorFailed(_:)`` with the report where it does not.
    public static func start(
        _ directory: ContainerDirectory,
        program: String = "/proc/self/exe"
    ) throws(ContainerError) {
        try start(directory, client: -1, program)
    }

    /// Starts the monitor of a container and returns a connection to it, which misses nothing that the container writes.
    ///
    /// Throws ``ContainerError/monitorFailed(_:)`` with the report where the container does not start.
    public static func startAttached(
        _ directory: ContainerDirectory,
        program: String = "/proc/self/exe"
    ) throws(ContainerError) -> OwnedFD {
        let ends: SocketPair
        do throws(SyscallError) { ends = try OwnedFD.messageSocketPair() } catch { throw .system(error) }
        try start(directory, client: ends.far.raw, program)
        return ends.near
    }

    private static func start(
        _ directory: ContainerDirectory,
        client: Int32,
        _ program: String
    ) throws(ContainerError) {
        let report: [UInt8]
        do throws(SyscallError) {
            let monitor = try spawnReporting(program, directory, client)
            report = try FileIO.readAll(OwnedFD(adopting: monitor.report))
            if report.first != UInt8(ascii: "+") {
                var status: Int32 = 0
                waitpid(monitor.pid, &status, 0)
            }
        } catch {
            throw .system(error)
        }
        if report.first == UInt8(ascii: "+") { return }
        throw .monitorFailed(MonitorReport(report))
    }

    /// What the program does instead of its command line when ``flag`` is its first argument.
    ///
    /// - Returns: the program's exit status.
    public static func main(_ arguments: [String]) -> Int32 {
        guard (3...4).contains(arguments.count), arguments[1] == flag else { return 125 }
        let isAttached = arguments.count == 4
        prepareProcess(last: isAttached ? clientDescriptor : reportDescriptor)
        let directory = ContainerDirectory(path: arguments[2])
        let parent = arguments[2].split(separator: "/").dropLast().joined(separator: "/")
        let collection = ContainerCollection(path: "/" + parent)
        let supervisor = ContainerSupervisor(
            directory,
            in: collection,
            role: .monitor,
            firstClient: isAttached ? clientDescriptor : -1
        )
        var reported = false
        do {
            let exit = try supervisor.run {
                reported = true
                send([UInt8(ascii: "+")])
            }
            return exit.code
        } catch {
            if !reported { send(MonitorReport(error).bytes) }
            return ContainerSupervisor.exitStatus(for: error)
        }
    }

    private static func send(_ bytes: [UInt8]) {
        _ = write(reportDescriptor, bytes, bytes.count)
        close(reportDescriptor)
    }

    /// Keeps nothing of the caller's: neither its descriptors nor its directory, whose file system could else not be
    /// unmounted.
    private static func prepareProcess(last: Int32) {
        BackgroundProcess.closeFiles(after: last)
        for descriptor in reportDescriptor...last { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        _ = chdir("/")
        umask(0o022)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Starts the monitor and returns the end of the pipe to read from; the other one is closed here by then.
    private static func spawnReporting(
        _ program: String,
        _ directory: ContainerDirectory,
        _ client: Int32
    ) throws(SyscallError) -> (pid: pid_t, report: Int32) {
        let ends = try OwnedFD.pipe()
        let report = try ends.read.duplicate()
        var files = [(file: ends.write.raw, place: reportDescriptor)]
        if client >= 0 { files.append((client, clientDescriptor)) }
        let arguments = [flag, directory.path] + (client >= 0 ? ["attached"] : [])
        let pid = try BackgroundProcess.start(program, arguments, files: files)
        return (pid, report.release())
    }
}

/// Why a detached container did not start, as its monitor tells it.
public struct MonitorReport: Equatable, Sendable {
    /// The exit status of `run`: 125, 126 or 127.
    public let status: Int32
    /// What could not be done.
    public let what: String
    /// The cause.
    public let why: String?
    /// What to do about it.
    public let remedy: String?

    init(_ error: any Error) {
        status = ContainerSupervisor.exitStatus(for: error)
        let explained = error as? any Explainable
        what = explained?.what ?? "\(error)"
        why = explained?.why
        remedy = explained?.remedy
    }

    init(_ bytes: [UInt8]) {
        let fields = bytes.dropFirst().split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard bytes.first == UInt8(ascii: "-"), fields.count == 4, let status = Int32(fields[0]) else {
            self.status = 125
            what = "cannot start the container"
            why = "its monitor ended without a report"
            remedy = nil
            return
        }
        self.status = status
        what = fields[1]
        why = fields[2].isEmpty ? nil : fields[2]
        remedy = fields[3].isEmpty ? nil : fields[3]
    }

    var bytes: [UInt8] {
        let fields = ["\(status)", what, why ?? "", remedy ?? ""].map { Array($0.utf8) }
        return [UInt8(ascii: "-")] + Array(fields.joined(separator: [0]))
    }
}
