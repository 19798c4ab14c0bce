internal import Diagnostics
internal import Glibc
internal import LinuxKernel
internal import SystemPackage

/// The process that stays with a detached container: `llmbox --monitor <directory>`.
///
/// It is started by `posix_spawn` in a session of its own, with nothing open but `/dev/null` and a pipe on which it
/// reports how the start went:
///
///     monitor ─▶ CLI    "+"                                         the container's command was executed
///                       "-" status "\0" what "\0" why "\0" remedy   it was not
public enum ContainerMonitor {
    /// The first argument that makes the program a monitor.
    public static let flag = "--monitor"
    private static let reportDescriptor: Int32 = 3

    /// Starts the monitor of a container and returns when the container runs.
    ///
    /// Throws ``ContainerError/monitorFailed(_:)`` with the report where it does not.
    public static func start(
        _ directory: ContainerDirectory,
        program: String = "/proc/self/exe"
    ) throws(ContainerError) {
        let report: [UInt8]
        do throws(SyscallError) {
            let monitor = try spawnReporting(program, directory)
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
        guard arguments.count == 3, arguments[1] == flag else { return 125 }
        prepareProcess()
        let directory = ContainerDirectory(path: arguments[2])
        let parent = arguments[2].split(separator: "/").dropLast().joined(separator: "/")
        let collection = ContainerCollection(path: "/" + parent)
        let supervisor = ContainerSupervisor(directory, in: collection, role: .monitor)
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
    private static func prepareProcess() {
        if let names = try? DirectoryWalker.names(in: OwnedFD.open("/proc/self/fd", O_RDONLY | O_DIRECTORY)) {
            for descriptor in names.compactMap({ Int32($0) }) where descriptor > reportDescriptor { close(descriptor) }
        }
        _ = fcntl(reportDescriptor, F_SETFD, FD_CLOEXEC)
        _ = chdir("/")
        umask(0o022)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Starts the monitor and returns the end of the pipe to read from; the other one is closed here by then.
    private static func spawnReporting(
        _ program: String,
        _ directory: ContainerDirectory
    ) throws(SyscallError) -> (pid: pid_t, report: Int32) {
        let ends = try OwnedFD.pipe()
        let report = try ends.read.duplicate()
        let pid = try spawn(program, [flag, directory.path], report: ends.write.raw)
        return (pid, report.release())
    }

    private static func spawn(_ program: String, _ arguments: [String], report: Int32) throws(SyscallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for descriptor in [Int32(0), 1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, report, reportDescriptor)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // POSIX_SPAWN_SETSID (0x80, glibc 2.26) and POSIX_SPAWN_SETSIGMASK (0x08): a session of its own, so that the
        // caller's terminal sends it no signals.
        posix_spawnattr_setflags(&attributes, 0x80 | 0x08)
        let words = (["llmbox"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let result = posix_spawn(&pid, program, &actions, &attributes, words, environ)
        guard result == 0 else { throw SyscallError("start the monitor", program, errno: Errno(rawValue: result)) }
        return pid
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
